/** The jobs page's state, as its URL holds it. */
import type { JobKind, JobState } from "@/api/types";
import { compact, identifier, oneOf, type RawSearch, ticker, wholeNumber } from "@/lib/search";

export const JOB_STATES = ["queued", "running", "succeeded", "failed", "cancelled"] as const satisfies JobState[];
export const JOB_KINDS = [
  "train",
  "predict",
  "ingest",
  "backfill",
  "reproduce",
  "review",
  "drift",
  "what_if",
] as const satisfies JobKind[];

export interface JobsSearch {
  state?: JobState;
  kind?: JobKind;
  ticker?: string;
  /** The job whose detail is open. */
  job?: string;
  offset?: number;
}

export function parseJobsSearch(search: RawSearch): JobsSearch {
  return compact({
    state: oneOf(search.state, JOB_STATES),
    kind: oneOf(search.kind, JOB_KINDS),
    ticker: ticker(search.ticker),
    job: identifier(search.job),
    offset: wholeNumber(search.offset, 1, 1_000_000),
  });
}
