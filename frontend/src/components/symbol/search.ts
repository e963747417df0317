/** The symbol page's state, as its URL holds it. */
import { DEFAULT_RANGE, RANGES, type Range } from "@/charts/range";
import { compact, identifier, oneOf, type RawSearch } from "@/lib/search";

export interface SymbolSearch {
  range?: Range;
  /** Raw prices instead of adjusted ones. */
  raw?: true;
  /** The task that makes the forecast of the next sessions. */
  path?: string;
}

export function parseSymbolSearch(search: RawSearch): SymbolSearch {
  const range = oneOf(search.range, RANGES);
  return compact({
    range: range === DEFAULT_RANGE ? undefined : range,
    raw: search.raw === true ? (true as const) : undefined,
    path: identifier(search.path),
  });
}
