/** The data page's state, as its URL holds it. */
import { compact, type RawSearch, ticker } from "@/lib/search";

export interface DataSearch {
  /** Whose refused bars are shown. */
  ticker?: string;
  /** What stands in the ingest form to begin with. */
  ingest?: string;
}

export function parseDataSearch(search: RawSearch): DataSearch {
  return compact({ ticker: ticker(search.ticker), ingest: ticker(search.ingest) });
}
