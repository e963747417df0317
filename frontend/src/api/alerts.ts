/** The alert book: what is wrong, and who takes care of it. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, body } from "./client";
import type { Alert, AlertPage, AlertSeverity, AlertState } from "./types";

export interface AlertFilter {
  state?: AlertState;
  severity?: AlertSeverity;
  subject?: string;
}

export const alertKeys = {
  all: ["alerts"] as const,
};

/** The socket tells of each change at once; this is for the times when it is away, and for mutes that run out. */
const POLL_MS = 30_000;
const MOST = 500;

export function alertsQuery(filter: AlertFilter, limit: number, offset = 0) {
  return queryOptions({
    queryKey: [...alertKeys.all, filter, limit, offset],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/alerts", { params: { query: { ...filter, limit, offset } }, signal })),
    refetchInterval: POLL_MS,
    placeholderData: (previous) => previous,
  });
}

/** Everything that fires now: what the navigation counts and the symbols' pages tell of. */
export const firingQuery = alertsQuery({ state: "firing" }, MOST);

function replaced(page: AlertPage | undefined, changed: Alert): AlertPage | undefined {
  return page && { ...page, items: page.items.map((alert) => (alert.id === changed.id ? changed : alert)) };
}

/** Shows an alert as the API answered it, wherever it is listed, and reads the lists again. */
function useAlertChanged() {
  const client = useQueryClient();
  return (changed: Alert) => {
    client.setQueriesData<AlertPage>({ queryKey: alertKeys.all }, (page) => replaced(page, changed));
    return client.invalidateQueries({ queryKey: alertKeys.all });
  };
}

export function useAcknowledge() {
  const onSuccess = useAlertChanged();
  return useMutation({
    mutationFn: async ({ id, actor }: { id: number; actor: string }) =>
      body(
        await api.POST("/api/alerts/{alert_id}/acknowledge", { params: { path: { alert_id: id } }, body: { actor } }),
      ),
    onSuccess,
  });
}

export function useMute() {
  const onSuccess = useAlertChanged();
  return useMutation({
    mutationFn: async ({ id, ...asked }: { id: number; minutes: number; actor: string }) =>
      body(await api.POST("/api/alerts/{alert_id}/mute", { params: { path: { alert_id: id } }, body: asked })),
    onSuccess,
  });
}

export function useUnmute() {
  const onSuccess = useAlertChanged();
  return useMutation({
    mutationFn: async (id: number) =>
      body(await api.DELETE("/api/alerts/{alert_id}/mute", { params: { path: { alert_id: id } } })),
    onSuccess,
  });
}
