/** What came of training a model once more from its record. */
import type { Job } from "@/api/types";
import { textOrNull } from "./json";

export interface Reproduction {
  reproduced: boolean;
  verdict: string;
}

/** The outcome of a finished reproduction, or null for any other job. */
export function reproduction(job: Pick<Job, "kind" | "state" | "result">): Reproduction | null {
  if (job.kind !== "reproduce" || job.state !== "succeeded" || !job.result) return null;
  return { reproduced: job.result.reproduced === true, verdict: textOrNull(job.result.verdict) ?? "" };
}

/** The newest of the jobs, which come newest first, that reproduces a model. */
export function reproductionOf(jobs: readonly Job[], modelId: number): Job | undefined {
  return jobs.find((job) => job.kind === "reproduce" && job.request.model_id === modelId);
}
