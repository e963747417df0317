/** Series held, their bars, what was refused, and ingesting more. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { actionHeaders, api, body } from "./client";
import { jobKeys } from "./jobs";
import type { EtlBody } from "./types";

export const datasetKeys = {
  all: ["datasets"] as const,
  prices: (ticker: string) => ["datasets", "prices", ticker] as const,
  quarantine: (ticker: string | undefined) => ["datasets", "quarantine", ticker ?? "all"] as const,
};

export const datasetsQuery = queryOptions({
  queryKey: datasetKeys.all,
  queryFn: async ({ signal }) => body(await api.GET("/api/datasets", { signal })),
  staleTime: 30_000,
});

export function pricesQuery(ticker: string, endDate: string) {
  return queryOptions({
    // The newest session is part of the key: a new bar is a new series, the same one need never be asked again.
    queryKey: [...datasetKeys.prices(ticker), endDate],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/prices/{ticker}", { params: { path: { ticker }, query: { adjusted: false } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
    // The series as it was stays in sight until the one with the new bar is there.
    placeholderData: (previous) => (previous?.ticker === ticker ? previous : undefined),
  });
}

export function quarantineQuery(ticker: string | undefined) {
  return queryOptions({
    queryKey: datasetKeys.quarantine(ticker),
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/quarantine", { params: { query: ticker ? { ticker } : {} }, signal })),
  });
}

export function useIngest() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (request: EtlBody) =>
      body(await api.POST("/api/run-etl", { body: request, headers: actionHeaders() })),
    onSuccess: () => client.invalidateQueries({ queryKey: jobKeys.all }),
  });
}
