/** Forecasts: the one shown for a symbol, its past, and a path over the next sessions. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { actionHeaders, api, body } from "./client";
import { jobKeys } from "./jobs";
import type { Dataset, FutureStatus, Prediction, PredictionRecord } from "./types";

/** A forecast just made says its own skill; one read back from the record leaves it to its model's evidence. */
export type ShownForecast = Prediction | PredictionRecord;

export const predictionKeys = {
  all: ["predictions"] as const,
  history: (ticker: string) => ["predictions", "history", ticker] as const,
  current: (ticker: string) => ["predictions", "current", ticker] as const,
  path: (taskId: string) => ["predictions", "path", taskId] as const,
};

async function makeForecast(ticker: string): Promise<Prediction> {
  return body(await api.POST("/api/predict/", { body: { ticker }, headers: actionHeaders() }));
}

async function recordedForecasts(ticker: string, limit: number, offset: number, signal: AbortSignal) {
  return body(await api.GET("/api/predict/", { params: { query: { ticker, limit, offset } }, signal }));
}

/** Whether a recorded forecast still answers for the newest bar and today's champion. */
export function answersFor(record: PredictionRecord, dataset: Dataset): boolean {
  return (
    record.horizon === 1 &&
    record.last_session === dataset.end_date &&
    record.source === dataset.source &&
    record.model_id === dataset.champion_model_id
  );
}

/**
 * The next-session forecast of a symbol. Making one records it, so the newest recorded one is shown when it knows the
 * newest bar and comes from today's champion; only otherwise is a new one asked for, once.
 */
export function currentForecastQuery(dataset: Dataset) {
  const { ticker, end_date, source, champion_model_id } = dataset;
  return queryOptions({
    queryKey: [...predictionKeys.current(ticker), end_date, source, champion_model_id],
    queryFn: async ({ signal }): Promise<ShownForecast> => {
      const recorded = await recordedForecasts(ticker, 50, 0, signal);
      return recorded.items.find((record) => answersFor(record, dataset)) ?? makeForecast(ticker);
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    retry: false,
    placeholderData: (previous) => (previous?.ticker === ticker ? previous : undefined),
  });
}

export function useMakeForecast(dataset: Dataset) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => makeForecast(dataset.ticker),
    onSuccess: (made) => {
      client.setQueryData(currentForecastQuery(dataset).queryKey, made);
      return client.invalidateQueries({ queryKey: predictionKeys.history(dataset.ticker) });
    },
  });
}

export function historyQuery(ticker: string, limit: number, offset: number) {
  return queryOptions({
    queryKey: [...predictionKeys.history(ticker), limit, offset],
    queryFn: ({ signal }) => recordedForecasts(ticker, limit, offset, signal),
    placeholderData: (previous) => previous,
  });
}

export function useForecastPath() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ ticker, days }: { ticker: string; days: number }) =>
      body(await api.POST("/api/predict/future/", { body: { ticker, days }, headers: actionHeaders() })),
    onSuccess: () => client.invalidateQueries({ queryKey: jobKeys.all }),
  });
}

export function isOver(status: FutureStatus["status"]): boolean {
  return status === "succeeded" || status === "failed" || status === "cancelled";
}

const PARTIAL_POLL_MS = 700;

export function forecastPathQuery(taskId: string) {
  return queryOptions({
    queryKey: predictionKeys.path(taskId),
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/predict/future/partial_status/{task_id}", {
          params: { path: { task_id: taskId } },
          signal,
        }),
      ),
    refetchInterval: ({ state }) => (state.data && isOver(state.data.status) ? false : PARTIAL_POLL_MS),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
