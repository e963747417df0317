import { describe, expect, it } from "vitest";
import { extent, instant, linear, monthTicks, padded, roundTicks } from "./scale";

describe("linear", () => {
  it("turns a value into its place, upside down too", () => {
    expect(linear([0, 10], [0, 100])(2.5)).toBe(25);
    expect(linear([0, 10], [100, 0])(2.5)).toBe(75);
  });

  it("puts a domain of no width in the middle instead of at infinity", () => {
    expect(linear([3, 3], [0, 100])(3)).toBe(50);
  });
});

describe("extent", () => {
  it("is null of nothing", () => {
    expect(extent([])).toBeNull();
    expect(extent([3, -1, 2])).toEqual([-1, 3]);
  });
});

describe("roundTicks", () => {
  it("names round values within the interval only", () => {
    expect(roundTicks([0, 1], 4)).toEqual([0, 0.5, 1]);
    expect(roundTicks([-3, 17], 4)).toEqual([0, 5, 10, 15]);
  });

  it("keeps a value on the edge in spite of rounding", () => {
    expect(roundTicks([0.1, 0.3], 2).map((tick) => tick.toFixed(1))).toEqual(["0.1", "0.2", "0.3"]);
  });
});

describe("padded", () => {
  it("gives air to an interval of no width", () => {
    const [low, high] = padded([0, 0]);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
  });
});

describe("monthTicks", () => {
  const days = (ticks: number[]) => ticks.map((tick) => new Date(tick).toISOString().slice(0, 10));

  it("names years when months are too many", () => {
    const span = [instant("2008-02-05"), instant("2013-02-28")] as const;
    expect(days(monthTicks(span, 6))).toEqual(["2009-01-01", "2010-01-01", "2011-01-01", "2012-01-01", "2013-01-01"]);
  });

  it("names quarters of one year", () => {
    const span = [instant("2012-01-01"), instant("2012-12-31")] as const;
    expect(days(monthTicks(span, 4))).toEqual(["2012-01-01", "2012-04-01", "2012-07-01", "2012-10-01"]);
  });
});
