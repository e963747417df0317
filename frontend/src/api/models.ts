/** The registry: models, their evidence, and which one serves. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { actionHeaders, api, body } from "./client";
import { datasetKeys } from "./datasets";
import { jobKeys } from "./jobs";
import type { TrainBody } from "./types";

export const modelKeys = {
  all: ["models"] as const,
  types: ["model-types"] as const,
};

export function modelsQuery(ticker: string | undefined, limit = 50, offset = 0) {
  return queryOptions({
    queryKey: [...modelKeys.all, "list", ticker ?? "all", limit, offset],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/models/", { params: { query: { ...(ticker && { ticker }), limit, offset } }, signal })),
    placeholderData: (previous) => previous,
  });
}

export function modelQuery(modelId: number) {
  return queryOptions({
    queryKey: [...modelKeys.all, "detail", modelId],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/models/{model_id}", { params: { path: { model_id: modelId } }, signal })),
    staleTime: 60_000,
  });
}

export function residualsQuery(modelId: number, horizon: number) {
  return queryOptions({
    queryKey: [...modelKeys.all, "residuals", modelId, horizon],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/models/{model_id}/residuals", {
          params: { path: { model_id: modelId }, query: { horizon } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

/** Where the model's card is had as one file. */
export function cardUrl(modelId: number): string {
  return `/api/models/${modelId}/card?download=true`;
}

export function ledgerQuery(ticker: string | undefined) {
  return queryOptions({
    queryKey: [...modelKeys.all, "ledger", ticker ?? "all"],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/models/ledger", { params: { query: ticker ? { ticker } : {} }, signal })),
  });
}

export const modelTypesQuery = queryOptions({
  queryKey: modelKeys.types,
  queryFn: async ({ signal }) => body(await api.GET("/api/models/types", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Another champion means another forecast: the data sets carry the champion's id, so they are asked again too. */
function useChampionMoved() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: modelKeys.all }),
      client.invalidateQueries({ queryKey: datasetKeys.all, exact: true }),
    ]);
}

export function usePromote() {
  const onSuccess = useChampionMoved();
  return useMutation({
    mutationFn: async ({ modelId, reason, force }: { modelId: number; reason: string; force: boolean }) =>
      body(
        await api.POST("/api/models/{model_id}/promote", {
          params: { path: { model_id: modelId } },
          body: { reason, force },
          headers: actionHeaders(),
        }),
      ),
    onSuccess,
  });
}

export function useRollback() {
  const onSuccess = useChampionMoved();
  return useMutation({
    mutationFn: async ({ ticker, reason }: { ticker: string; reason: string }) =>
      body(await api.POST("/api/models/rollback", { body: { ticker, reason }, headers: actionHeaders() })),
    onSuccess,
  });
}

export function useTrain() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (request: TrainBody) =>
      body(await api.POST("/api/train", { body: request, headers: actionHeaders() })),
    onSuccess: () => client.invalidateQueries({ queryKey: jobKeys.all }),
  });
}
