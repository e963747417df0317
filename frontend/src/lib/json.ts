/** Reads of recorded JSON, where a part may be missing: what is not there is null. */

export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objectAt(value: unknown, key: string): Json | null {
  const found = isObject(value) ? value[key] : null;
  return isObject(found) ? found : null;
}

export function listAt(value: unknown, key: string): unknown[] {
  const found = isObject(value) ? value[key] : null;
  return Array.isArray(found) ? found : [];
}

export function numberOrNull(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function textOrNull(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Two numbers, low and high, or null. */
export function intervalOrNull(value: unknown): readonly [number, number] | null {
  if (!Array.isArray(value)) return null;
  const [low, high] = [numberOrNull(value[0]), numberOrNull(value[1])];
  return low === null || high === null ? null : [low, high];
}
