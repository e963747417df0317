/** Drift of a champion's market and of its errors, and the retrainings that came of it. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { actionHeaders, api, body } from "./client";
import { jobKeys } from "./jobs";

export const monitoringKeys = {
  drift: (ticker: string) => ["monitoring", "drift", ticker] as const,
  retraining: (ticker: string) => ["monitoring", "retraining", ticker] as const,
};

/** A review after each ingest checks and decides by itself. */
const POLL_MS = 15_000;

/** The newest check of a symbol. */
export function driftQuery(ticker: string) {
  return queryOptions({
    queryKey: monitoringKeys.drift(ticker),
    queryFn: async ({ signal }) => {
      const page = body(await api.GET("/api/drift", { params: { query: { ticker, limit: 1 } }, signal }));
      return page.items[0] ?? null;
    },
    refetchInterval: POLL_MS,
  });
}

/** Where the report of a check is read. */
export function driftReportUrl(checkId: number): string {
  return `/api/drift/${checkId}/report`;
}

export function useCheckDrift() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (ticker: string) =>
      body(await api.POST("/api/drift", { body: { ticker }, headers: actionHeaders() })),
    onSuccess: () => client.invalidateQueries({ queryKey: jobKeys.all }),
  });
}

export function retrainingQuery(ticker: string, limit: number, offset = 0) {
  return queryOptions({
    queryKey: [...monitoringKeys.retraining(ticker), limit, offset],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/retraining", { params: { query: { ticker, limit, offset } }, signal })),
    refetchInterval: POLL_MS,
    placeholderData: (previous) => previous,
  });
}
