/** Live events make what was read before stale. */
import type { QueryClient } from "@tanstack/react-query";
import { alertKeys } from "@/api/alerts";
import { predictionKeys } from "@/api/predictions";
import { coalesce } from "@/lib/coalesce";
import type { LiveListener } from "./store";

/** A burst of alerts is read once, and still within a blink. */
const ALERTS_WITHIN_MS = 250;

export function keepQueriesFresh(client: QueryClient): LiveListener {
  const readAlerts = coalesce(() => void client.invalidateQueries({ queryKey: alertKeys.all }), ALERTS_WITHIN_MS);
  return {
    onPredictions: (made) => {
      const tickers = new Set(made.map((prediction) => prediction.ticker));
      for (const ticker of tickers) void client.invalidateQueries({ queryKey: predictionKeys.history(ticker) });
    },
    onAlerts: readAlerts,
    onGap: () => {
      void client.invalidateQueries({ queryKey: [...predictionKeys.all, "history"] });
      readAlerts();
    },
  };
}
