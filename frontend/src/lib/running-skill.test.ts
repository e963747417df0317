import { describe, expect, it } from "vitest";
import { LEAST_SCORED, skillCurve, thinned } from "./running-skill";

const point = (day: number, skill: number | null) => ({
  target_date: `2012-01-${String(day).padStart(2, "0")}`,
  skill,
});

describe("skillCurve", () => {
  it("begins once enough forecasts are scored", () => {
    const points = Array.from({ length: LEAST_SCORED + 2 }, (_, index) => point(index + 1, index / 100));
    const curve = skillCurve(points);
    expect(curve.map(({ scored }) => scored)).toEqual([LEAST_SCORED, LEAST_SCORED + 1, LEAST_SCORED + 2]);
    expect(skillCurve(points.slice(0, LEAST_SCORED - 1))).toEqual([]);
  });

  it("skips a point without a skill instead of drawing it at 0", () => {
    const points = Array.from({ length: LEAST_SCORED }, (_, index) => point(index + 1, null));
    expect(skillCurve(points)).toEqual([]);
  });
});

describe("thinned", () => {
  it("keeps the newest point and no more than asked", () => {
    const found = thinned(
      Array.from({ length: 1260 }, (_, index) => index),
      60,
    );
    expect(found.at(-1)).toBe(1259);
    expect(found.length).toBeLessThanOrEqual(60);
    expect(thinned([1, 2, 3], 60)).toEqual([1, 2, 3]);
  });
});
