/** Reads of the URL's search, where anything may stand. */

export type RawSearch = Record<string, unknown>;

export function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((candidate) => candidate === value);
}

export function wholeNumber(value: unknown, min: number, max: number): number | undefined {
  const number = Number(value);
  return value !== "" && Number.isInteger(number) && number >= min && number <= max ? number : undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function identifier(value: unknown): string | undefined {
  return typeof value === "string" && UUID.test(value) ? value : undefined;
}

const TICKER = /^[A-Z0-9^][A-Z0-9.^=-]{0,14}$/;

export function ticker(value: unknown): string | undefined {
  const text = typeof value === "string" || typeof value === "number" ? String(value).toUpperCase() : "";
  return TICKER.test(text) ? text : undefined;
}

/** Leaves out what is not set, so that the URL holds only what differs from the default. */
export function compact<T extends object>(search: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const set = Object.entries(search).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
