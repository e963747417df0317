/** Live events make what was read before stale. */
import type { QueryClient } from "@tanstack/react-query";
import { predictionKeys } from "@/api/predictions";
import type { LiveListener } from "./store";

export function keepQueriesFresh(client: QueryClient): LiveListener {
  return {
    onPredictions: (made) => {
      const tickers = new Set(made.map((prediction) => prediction.ticker));
      for (const ticker of tickers) void client.invalidateQueries({ queryKey: predictionKeys.history(ticker) });
    },
    onGap: () => void client.invalidateQueries({ queryKey: [...predictionKeys.all, "history"] }),
  };
}
