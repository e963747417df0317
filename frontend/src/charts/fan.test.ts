import { describe, expect, it } from "vitest";
import { buildFan, type FanPoint, fanExtent } from "./fan";

const origin = { session: "2013-03-01", close: 100 };

function point(target_date: string, predicted_close: number, spread: number): FanPoint {
  const bands = [50, 80, 95].map((coverage) => ({
    coverage,
    lower: predicted_close - (spread * coverage) / 50,
    upper: predicted_close + (spread * coverage) / 50,
  }));
  return { target_date, predicted_close, naive_close: 100, bands };
}

describe("buildFan", () => {
  it("starts every shape at the last bar's close", () => {
    const fan = buildFan(origin, [point("2013-03-04", 101, 2)]);
    expect(fan?.median[0]).toEqual({ time: "2013-03-01", value: 100 });
    expect(fan?.naive[0]).toEqual({ time: "2013-03-01", value: 100 });
    for (const level of fan?.levels ?? []) {
      expect(level.edges[0]).toEqual({ time: "2013-03-01", lower: 100, upper: 100 });
    }
  });

  it("always draws the naive line to the last session of the fan", () => {
    const fan = buildFan(origin, [point("2013-03-04", 101, 2), point("2013-03-05", 102, 3)]);
    expect(fan?.naive.map(({ time, value }) => [time, value])).toEqual([
      ["2013-03-01", 100],
      ["2013-03-04", 100],
      ["2013-03-05", 100],
    ]);
  });

  it("puts sessions in order, however they arrived, and keeps the last answer for one that came twice", () => {
    const fan = buildFan(origin, [point("2013-03-05", 1, 1), point("2013-03-04", 101, 2), point("2013-03-05", 102, 3)]);
    expect(fan?.median.map(({ value }) => value)).toEqual([100, 101, 102]);
  });

  it("paints the widest band first", () => {
    expect(buildFan(origin, [point("2013-03-04", 101, 2)])?.levels.map(({ coverage }) => coverage)).toEqual([
      95, 80, 50,
    ]);
  });

  it("leaves out a band that one session lacks", () => {
    const short = { ...point("2013-03-05", 102, 3), bands: [{ coverage: 80, lower: 90, upper: 110 }] };
    expect(buildFan(origin, [point("2013-03-04", 101, 2), short])?.levels.map(({ coverage }) => coverage)).toEqual([
      80,
    ]);
  });

  it("draws nothing when no session lies after the last bar", () => {
    expect(buildFan(origin, [point("2013-03-01", 101, 2), point("2013-02-28", 101, 2)])).toBeNull();
    expect(buildFan(origin, [])).toBeNull();
  });
});

describe("fanExtent", () => {
  it("reaches from the lowest to the highest edge", () => {
    const fan = buildFan(origin, [point("2013-03-04", 101, 10)]);
    expect(fan && fanExtent(fan)).toEqual({ min: 82, max: 120 });
  });
});
