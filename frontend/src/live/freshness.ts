/** Live events make what was read before stale. */
import type { QueryClient } from "@tanstack/react-query";
import { alertKeys } from "@/api/alerts";
import { datasetKeys, datasetsQuery } from "@/api/datasets";
import { predictionKeys } from "@/api/predictions";
import { scoreKeys } from "@/api/scorecard";
import { coalesce } from "@/lib/coalesce";
import type { PredictionMade } from "./frames";
import type { LiveListener } from "./store";

/** A burst of alerts is read once, and still within a blink. */
const ALERTS_WITHIN_MS = 250;
/** Long enough for the forecast that told of a new bar to be in the record when the page looks for it. */
const BARS_WITHIN_MS = 1_000;

/** Whether the page has read of the bar that a forecast starts from. */
function knowsBar(client: QueryClient, { ticker, last_session }: PredictionMade): boolean {
  const held = client.getQueryData(datasetsQuery.queryKey);
  return held?.some((dataset) => dataset.ticker === ticker && dataset.end_date >= last_session) ?? false;
}

export function keepQueriesFresh(client: QueryClient): LiveListener {
  const readAlerts = coalesce(() => void client.invalidateQueries({ queryKey: alertKeys.all }), ALERTS_WITHIN_MS);
  const readBars = coalesce(() => {
    void client.invalidateQueries({ queryKey: datasetKeys.all, exact: true });
    void client.invalidateQueries({ queryKey: scoreKeys.all });
  }, BARS_WITHIN_MS);
  return {
    onPredictions: (made) => {
      const tickers = new Set(made.map((prediction) => prediction.ticker));
      for (const ticker of tickers) void client.invalidateQueries({ queryKey: predictionKeys.history(ticker) });
      if (!made.every((prediction) => knowsBar(client, prediction))) readBars();
    },
    onAlerts: readAlerts,
    onGap: () => {
      void client.invalidateQueries({ queryKey: [...predictionKeys.all, "history"] });
      readAlerts();
      readBars();
    },
  };
}
