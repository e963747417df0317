/** Raw and adjusted prices from one answer of the API. */
import type { Bar } from "@/api/types";

/**
 * The bars with splits and dividends taken out, on the scale of the newest bar: its adjusted close is its close, as
 * the forecasts are. (A series' own adjusted closes may stand on the scale of a later split.)
 */
export function adjustedBars(bars: readonly Bar[]): Bar[] {
  const last = bars.at(-1);
  const scale = last ? last.close / last.adj_close : 1;
  return bars.map((bar) => {
    const factor = (bar.adj_close / bar.close) * scale;
    return {
      ...bar,
      open: bar.open * factor,
      high: bar.high * factor,
      low: bar.low * factor,
      close: bar.close * factor,
    };
  });
}
