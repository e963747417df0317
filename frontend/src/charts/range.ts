/** The ranges of the chart's buttons, counted back from its newest session. */
export const RANGES = ["1M", "3M", "6M", "1Y", "5Y", "max"] as const;
export type Range = (typeof RANGES)[number];
export const DEFAULT_RANGE: Range = "3M";

const MONTHS: Record<Exclude<Range, "max">, number> = { "1M": 1, "3M": 3, "6M": 6, "1Y": 12, "5Y": 60 };

/** The session `range` before `last`, by the calendar. */
export function rangeStart(last: string, range: Range): string | null {
  if (range === "max") return null;
  const date = new Date(`${last}T00:00:00Z`);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() - MONTHS[range]);
  const daysInMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, daysInMonth));
  return date.toISOString().slice(0, 10);
}

/** Index of the first bar on or after the range's start. */
export function firstVisible(sessions: readonly string[], range: Range): number {
  const last = sessions.at(-1);
  const start = last ? rangeStart(last, range) : null;
  if (!start) return 0;
  const index = sessions.findIndex((session) => session >= start);
  return Math.max(0, index);
}
