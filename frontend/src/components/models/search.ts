/** The models page's state, as its URL holds it. */
import { compact, type RawSearch, ticker, wholeNumber } from "@/lib/search";

export interface ModelsSearch {
  ticker?: string;
  offset?: number;
}

export function parseModelsSearch(search: RawSearch): ModelsSearch {
  return compact({
    ticker: ticker(search.ticker),
    offset: wholeNumber(search.offset, 1, 1_000_000),
  });
}
