import { describe, expect, it } from "vitest";
import { firstVisible, rangeStart } from "./range";

describe("rangeStart", () => {
  it.each([
    ["2013-03-01", "1M", "2013-02-01"],
    ["2013-03-31", "1M", "2013-02-28"],
    ["2012-03-31", "1M", "2012-02-29"],
    ["2013-01-15", "3M", "2012-10-15"],
    ["2013-03-01", "5Y", "2008-03-01"],
  ] as const)("counts back from %s by %s to %s", (last, range, start) => {
    expect(rangeStart(last, range)).toBe(start);
  });

  it("has no start for the whole series", () => {
    expect(rangeStart("2013-03-01", "max")).toBeNull();
  });
});

describe("firstVisible", () => {
  const sessions = ["2013-01-31", "2013-02-04", "2013-02-28", "2013-03-01"];

  it("takes the first session on or after the start", () => {
    expect(firstVisible(sessions, "1M")).toBe(1);
  });

  it("shows a shorter series whole", () => {
    expect(firstVisible(sessions, "5Y")).toBe(0);
    expect(firstVisible([], "1M")).toBe(0);
  });
});
