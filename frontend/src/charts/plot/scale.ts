/** From values to places on a plot, and the round values that its axes name. */

export type Interval = readonly [number, number];
export type Scale = (value: number) => number;

/** A straight scale; a domain of no width lies in the middle of the range. */
export function linear([low, high]: Interval, [start, end]: Interval): Scale {
  if (low === high) return () => (start + end) / 2;
  return (value) => start + ((value - low) / (high - low)) * (end - start);
}

/** The smallest and the greatest of the values, or null when there is none. */
export function extent(values: Iterable<number>): Interval | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : null;
}

const STEPS = [1, 2, 5, 10];

/** Round values within the interval, about `count` of them. */
export function roundTicks([low, high]: Interval, count = 4): number[] {
  if (low === high) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((candidate) => candidate * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

/** An interval that ends on round values and has some air. */
export function padded([low, high]: Interval, share = 0.06): Interval {
  const air = (high - low) * share || Math.abs(high) * share || 1;
  return [low - air, high + air];
}

export function instant(session: string): number {
  return Date.parse(`${session}T00:00:00Z`);
}

const MONTH_STEPS = [1, 3, 6, 12, 24, 60, 120];
const MONTH_MS = 30.44 * 86_400_000;

/** First days of months within the interval, at most `count` of them, a whole step apart. */
export function monthTicks([start, end]: Interval, count: number): number[] {
  const months = (end - start) / MONTH_MS;
  const step = MONTH_STEPS.find((candidate) => months / candidate <= Math.max(1, count)) ?? 240;
  const first = new Date(start);
  const ticks: number[] = [];
  for (let month = Math.ceil((first.getUTCFullYear() * 12 + first.getUTCMonth()) / step) * step; ; month += step) {
    const at = Date.UTC(Math.floor(month / 12), month % 12);
    if (at > end) return ticks;
    if (at >= start) ticks.push(at);
  }
}
