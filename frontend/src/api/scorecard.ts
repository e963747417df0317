/** How forecasts turned out once the market had answered. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { GRADED } from "@/lib/evidence";
import { actionHeaders, api, body } from "./client";
import { jobKeys } from "./jobs";
import type { BackfillBody, Score } from "./types";

export const scoreKeys = {
  all: ["scorecard"] as const,
  ticker: (ticker: string) => ["scorecard", ticker] as const,
};

export function scorecardQuery(ticker: string, source: Score["source"]) {
  return queryOptions({
    queryKey: [...scoreKeys.ticker(ticker), source],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/scorecard", { params: { query: { ticker, source: knownSource(source) } }, signal })),
    staleTime: 30_000,
  });
}

/** The running record behind one line of the scorecard. */
export function scoreSeriesQuery(score: Score) {
  const { ticker, replayed, model_id, model_type, variant, horizon } = score;
  const query = {
    ticker,
    source: knownSource(score.source),
    replayed,
    model_type,
    horizon,
    ...(model_id !== null && { model_id }),
    ...(variant && { variant }),
  };
  return queryOptions({
    queryKey: [...scoreKeys.ticker(ticker), "series", query, score.scored],
    queryFn: async ({ signal }) => body(await api.GET("/api/scorecard/series", { params: { query }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

const SOURCES = ["yahoo", "files", "sample", "simulation"] as const;

function knownSource(source: string): (typeof SOURCES)[number] | null {
  return SOURCES.find((known) => known === source) ?? null;
}

/** A monthly training of the default model. */
const SETTINGS = { model_type: "ridge", seed: 42, n_folds: 5, retrain_every: 21, horizons: [...GRADED] };

/** Makes a past range's forecasts, with the models that the platform would have had then. */
export function useReplay() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (range: Pick<BackfillBody, "ticker" | "start">) =>
      body(await api.POST("/api/backfill", { body: { ...SETTINGS, ...range }, headers: actionHeaders() })),
    onSuccess: () => client.invalidateQueries({ queryKey: jobKeys.all }),
  });
}
