import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { firingQuery } from "@/api/alerts";
import { datasetsQuery } from "@/api/datasets";
import type { Dataset } from "@/api/types";
import type { PredictionMade } from "./frames";
import { keepQueriesFresh } from "./freshness";

let client: QueryClient;
let reads: string[];

/** Watches a query whose data is at hand, and notes each time that it is read again. */
function watch(queryKey: readonly unknown[], name: string, data: unknown): void {
  const queryFn = () => {
    reads.push(name);
    return data;
  };
  client.setQueryData(queryKey, data);
  new QueryObserver(client, { queryKey, queryFn, staleTime: Number.POSITIVE_INFINITY }).subscribe(() => undefined);
}

const made = (ticker: string, last_session: string) => ({ ticker, last_session }) as PredictionMade;

beforeEach(() => {
  vi.useFakeTimers();
  client = new QueryClient();
  reads = [];
  watch(datasetsQuery.queryKey, "datasets", [{ ticker: "AAPL", end_date: "2026-11-20" } as Dataset]);
  watch(firingQuery.queryKey, "alerts", { items: [] });
});
afterEach(() => {
  client.clear();
  vi.useRealTimers();
});

it("reads a burst of alerts once", async () => {
  const listener = keepQueriesFresh(client);
  for (let events = 0; events < 50; events += 1) listener.onAlerts();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(reads).toEqual(["alerts"]);
});

it("reads the series again when a forecast starts from a bar that the page does not know", async () => {
  keepQueriesFresh(client).onPredictions([made("AAPL", "2026-11-21")]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(reads).toEqual(["datasets"]);
});

it("reads the series again when a symbol is new to the page", async () => {
  keepQueriesFresh(client).onPredictions([made("AAPL.SIM", "2017-01-03")]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(reads).toEqual(["datasets"]);
});

it("leaves the series alone when a forecast starts from a bar that the page knows", async () => {
  keepQueriesFresh(client).onPredictions([made("AAPL", "2026-11-20")]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(reads).toEqual([]);
});

it("reads everything again after a gap", async () => {
  keepQueriesFresh(client).onGap();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(reads.sort()).toEqual(["alerts", "datasets"]);
});
