/** The simulated market: one at a time, of a held symbol, under a ticker of its own. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "./client";
import { datasetKeys } from "./datasets";
import type { Market, SimulationBody } from "./types";

const simulationKey = ["simulation"] as const;

const RUNNING_POLL_MS = 1_000;
const IDLE_POLL_MS = 10_000;

export const simulationQuery = queryOptions({
  queryKey: simulationKey,
  queryFn: async ({ signal }) => body(await api.GET("/api/simulation", { signal })),
  refetchInterval: ({ state }) => (state.data?.running ? RUNNING_POLL_MS : IDLE_POLL_MS),
});

export function useStartSimulation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (asked: SimulationBody) => body(await api.POST("/api/simulation", { body: asked })),
    onSuccess: (market) => client.setQueryData<Market>(simulationKey, market),
  });
}

/** Ends it and takes everything of it out of the stores: what the page read of it before is asked for again. */
export function useEndSimulation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => body(await api.DELETE("/api/simulation")),
    onSuccess: (market) => {
      client.setQueryData<Market>(simulationKey, market);
      return client.invalidateQueries({ queryKey: datasetKeys.all });
    },
  });
}
