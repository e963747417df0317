/** Tickers as people type them: separated by blanks or commas, in any case. */
import { ticker } from "./search";

export function parseTickers(text: string): { tickers: string[]; invalid: string[] } {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  const tickers = new Set(words.flatMap((word) => ticker(word) ?? []));
  return { tickers: [...tickers], invalid: words.filter((word) => ticker(word) === undefined) };
}
