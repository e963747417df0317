import { expect, it } from "vitest";
import { answersFor } from "./predictions";
import type { Dataset, PredictionRecord } from "./types";

const dataset = { ticker: "AAPL", source: "sample", end_date: "2013-03-01", champion_model_id: 7 } as Dataset;
const record = { source: "sample", last_session: "2013-03-01", model_id: 7, horizon: 1 } as PredictionRecord;

it("shows a recorded forecast again while its bar is the newest and its model the champion", () => {
  expect(answersFor(record, dataset)).toBe(true);
});

it.each([
  ["a bar has come since", { last_session: "2013-02-28" }],
  ["another model serves now", { model_id: 6 }],
  ["it was degraded and a champion is back", { model_id: null }],
  ["it looks further than the next session", { horizon: 5 }],
  ["its prices are of another source", { source: "yahoo" }],
])("asks anew when %s", (_, difference) => {
  expect(answersFor({ ...record, ...difference } as PredictionRecord, dataset)).toBe(false);
});
