/** Jobs: training, multi-session forecasts and ingests, as they stand. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { actionHeaders, api, body } from "./client";
import type { Job, JobKind, JobState } from "./types";

export interface JobFilter {
  state?: JobState;
  kind?: JobKind;
  ticker?: string;
}

export const jobKeys = {
  all: ["jobs"] as const,
  list: (filter: JobFilter, limit: number, offset: number) => ["jobs", "list", filter, limit, offset] as const,
  detail: (taskId: string) => ["jobs", "detail", taskId] as const,
};

export function isActive(job: Pick<Job, "state">): boolean {
  return job.state === "queued" || job.state === "running";
}

const ACTIVE_POLL_MS = 1_000;
const IDLE_POLL_MS = 10_000;

export function jobsQuery(filter: JobFilter, limit = 50, offset = 0) {
  return queryOptions({
    queryKey: jobKeys.list(filter, limit, offset),
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/jobs", { params: { query: { ...filter, limit, offset } }, signal })),
    refetchInterval: ({ state }) => (state.data?.items.some(isActive) ? ACTIVE_POLL_MS : IDLE_POLL_MS),
    placeholderData: (previous) => previous,
  });
}

export function jobQuery(taskId: string) {
  return queryOptions({
    queryKey: jobKeys.detail(taskId),
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/jobs/{task_id}", { params: { path: { task_id: taskId } }, signal })),
    refetchInterval: ({ state }) => (state.data && !isActive(state.data) ? false : ACTIVE_POLL_MS),
  });
}

export function useCancelJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (taskId: string) => {
      await api.DELETE("/api/jobs/{task_id}", { params: { path: { task_id: taskId } } });
    },
    onSettled: () => client.invalidateQueries({ queryKey: jobKeys.all }),
  });
}

export function useRetryJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (taskId: string) =>
      body(
        await api.POST("/api/jobs/{task_id}/retry", {
          params: { path: { task_id: taskId } },
          headers: actionHeaders(),
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: jobKeys.all }),
  });
}
