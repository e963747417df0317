/** The registry: models, their evidence, and which one serves. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { Graded } from "@/lib/evidence";
import { actionHeaders, api, body } from "./client";
import { datasetKeys } from "./datasets";
import { jobKeys } from "./jobs";
import type { Policy, TrainBody } from "./types";

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

/** What serves a symbol now, one entry a graded horizon. The champion's id is in the key: another one asks again. */
export function servingQuery(ticker: string, championId: number | null) {
  return queryOptions({
    queryKey: [...modelKeys.all, "serving", ticker, championId],
    queryFn: async ({ signal }) => {
      const query = { ticker, at: new Date().toISOString() };
      return body(await api.GET("/api/models/ledger", { params: { query }, signal })).items;
    },
    staleTime: 60_000,
  });
}

export function policyQuery(ticker: string) {
  return queryOptions({
    queryKey: [...modelKeys.all, "policy", ticker],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/models/policy/{ticker}", { params: { path: { ticker } }, signal })),
  });
}

export function useSetPolicy(ticker: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (policy: Policy) =>
      body(
        await api.PUT("/api/models/policy/{ticker}", {
          params: { path: { ticker } },
          body: { policy },
          headers: actionHeaders(),
        }),
      ),
    onSuccess: (set) => client.setQueryData(policyQuery(ticker).queryKey, set),
  });
}

/** Another champion means another forecast: the data sets carry the champion's id, so they are asked again too. */
function useChampionMoved() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: modelKeys.all }),
      client.invalidateQueries({ queryKey: datasetKeys.all, exact: true }),
    ]);
}

interface Promotion {
  modelId: number;
  reason: string;
  force: boolean;
  horizons: Graded[];
}

export function usePromote() {
  const onSuccess = useChampionMoved();
  return useMutation({
    mutationFn: async ({ modelId, ...asked }: Promotion) =>
      body(
        await api.POST("/api/models/{model_id}/promote", {
          params: { path: { model_id: modelId } },
          body: asked,
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

/** Trains a model once more from its record: nothing is registered, the job's result compares the two. */
export function useReproduce() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (modelId: number) =>
      body(
        await api.POST("/api/models/{model_id}/reproduce", {
          params: { path: { model_id: modelId } },
          headers: actionHeaders(),
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: jobKeys.all }),
  });
}
