import { expect, it } from "vitest";
import type { Bar } from "@/api/types";
import { adjustedBars } from "./basis";

function bar(session: string, close: number, adj_close: number): Bar {
  const [open, high, low] = [close - 1, close + 2, close - 2];
  return { session, open, high, low, close, adj_close, volume: 1, dividend: 0, split_ratio: 0, indicators: null };
}

it("ends on the newest bar's own close, whatever scale the adjusted closes stand on", () => {
  const adjusted = adjustedBars([bar("2013-02-28", 441.4, 57.57), bar("2013-03-01", 430.47, 56.14)]);
  expect(adjusted.at(-1)?.close).toBeCloseTo(430.47, 10);
});

it("makes no crash of a split: the return is that of the adjusted closes", () => {
  const [before, after] = adjustedBars([bar("2014-06-06", 700, 100), bar("2014-06-09", 102, 102)]);
  expect((after?.close ?? 0) / (before?.close ?? 1)).toBeCloseTo(1.02, 10);
});

it("keeps open, high and low in their proportion to the close", () => {
  const [before] = adjustedBars([bar("2014-06-06", 700, 100), bar("2014-06-09", 102, 102)]);
  expect(before?.high).toBeCloseTo((702 / 700) * 100, 10);
  expect(before?.low).toBeCloseTo((698 / 700) * 100, 10);
  expect(before?.open).toBeCloseTo((699 / 700) * 100, 10);
});

it("has nothing to do without bars", () => {
  expect(adjustedBars([])).toEqual([]);
});
