/** Numbers, sessions and instants in the reader's language. Sessions are dates and never move with a time zone. */

const formatters = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

function cached<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(
  key: string,
  make: () => T,
): T {
  const known = formatters.get(key);
  if (known) return known as T;
  const made = make();
  formatters.set(key, made);
  return made;
}

function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return cached(`n|${locale}|${JSON.stringify(options)}`, () => new Intl.NumberFormat(locale, options));
}

function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return cached(`d|${locale}|${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(locale, options));
}

/** The UTC midnight of a session, for Intl alone: it is always formatted in UTC again. */
function sessionInstant(session: string): Date {
  return new Date(`${session}T00:00:00Z`);
}

export function formatSession(session: string, locale: string, weekday = false): string {
  const options: Intl.DateTimeFormatOptions = { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" };
  return dateFormat(locale, weekday ? { ...options, weekday: "short" } : options).format(sessionInstant(session));
}

export function formatInstant(instant: string, locale: string, timeZone?: string): string {
  const options: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "medium" };
  return dateFormat(locale, timeZone ? { ...options, timeZone } : options).format(new Date(instant));
}

/** The name of an axis' tick on the first of a month: the year alone in January. */
export function formatTick(at: number, locale: string): string {
  const options: Intl.DateTimeFormatOptions = { year: "numeric", timeZone: "UTC" };
  const january = new Date(at).getUTCMonth() === 0;
  return dateFormat(locale, january ? options : { ...options, month: "short" }).format(at);
}

export function formatMonth(session: string, locale: string): string {
  const options: Intl.DateTimeFormatOptions = { year: "numeric", month: "short", timeZone: "UTC" };
  return dateFormat(locale, options).format(sessionInstant(session));
}

/** Monday is 0. */
export function formatWeekday(weekday: number, locale: string): string {
  return dateFormat(locale, { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + weekday));
}

const AGES: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function formatAge(instant: string, now: number, locale: string): string {
  const seconds = (new Date(instant).getTime() - now) / 1000;
  const relative = cached(`r|${locale}`, () => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));
  for (const [unit, size] of AGES) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(Math.trunc(seconds), "second");
}

/** Seconds between two instants, as `1:07` or `1:02:09`. */
export function formatDuration(start: string, end: string | number): string {
  const total = Math.max(0, Math.round((new Date(end).getTime() - new Date(start).getTime()) / 1000));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60), total % 60];
  const tail = `${String(minutes).padStart(hours ? 2 : 1, "0")}:${String(seconds).padStart(2, "0")}`;
  return hours ? `${hours}:${tail}` : tail;
}

export function formatPrice(value: number, currency: string, locale: string): string {
  return numberFormat(locale, { style: "currency", currency }).format(value);
}

export function formatNumber(value: number, locale: string, digits = 0): string {
  return numberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** A measured number of any size, to a few figures. */
export function formatSignificant(value: number, locale: string, digits = 4): string {
  return numberFormat(locale, { maximumSignificantDigits: Number.isInteger(value) ? 16 : digits }).format(value);
}

export function formatCompact(value: number, locale: string): string {
  return numberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }).format(value);
}

export function formatPercent(ratio: number, locale: string, digits = 2): string {
  return numberFormat(locale, {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: "exceptZero",
  }).format(ratio);
}

export function formatSigned(value: number, locale: string, digits = 2): string {
  return numberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: "exceptZero",
  }).format(value);
}

/** A p-value as papers print it: never 0. */
export function formatPValue(value: number, locale: string): string {
  if (value < 0.001) return `< ${numberFormat(locale, { maximumFractionDigits: 3 }).format(0.001)}`;
  return `= ${numberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: value < 0.01 ? 3 : 2 }).format(value)}`;
}

export type Direction = "up" | "down" | "flat";

export function direction(change: number): Direction {
  if (change > 0) return "up";
  return change < 0 ? "down" : "flat";
}

/** The first characters of a hash, enough to tell two apart by eye. */
export function shortHash(hash: string): string {
  return hash.slice(0, 10);
}

const ACTOR_LENGTH = 14;

/** Who asked, without the tail of a request's id. */
export function shortActor(actor: string): string {
  return actor.length > ACTOR_LENGTH ? `${actor.slice(0, ACTOR_LENGTH - 1)}…` : actor;
}
