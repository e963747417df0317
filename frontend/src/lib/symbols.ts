/** Symbols by their names. */
import type { Dataset } from "@/api/types";

type Named = Pick<Dataset, "ticker" | "name" | "name_zh">;

const SIMULATED = ".SIM";

/** A simulated market's symbol is named after the one that it replays. */
export function isSimulated(ticker: string): boolean {
  return ticker.endsWith(SIMULATED);
}

export function symbolName(dataset: Named, locale: string): string {
  return (locale.startsWith("zh") && dataset.name_zh) || dataset.name;
}

/** Whether a query finds a symbol: the start of its ticker, or any part of a name. */
export function matchesSymbol(dataset: Named, query: string): boolean {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return true;
  if (dataset.ticker.toLowerCase().startsWith(wanted)) return true;
  return [dataset.name, dataset.name_zh ?? ""].some((name) => name.toLowerCase().includes(wanted));
}
