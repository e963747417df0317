/** What a finished training registered. */
import type { Job } from "@/api/types";

export interface TrainingResult {
  modelId: number;
  ticker: string;
  version: number;
  modelType: string;
  champion: boolean;
}

/** The model of a training that succeeded, or null for any other job. */
export function trainingResult(job: Pick<Job, "kind" | "state" | "result">): TrainingResult | null {
  const { result } = job;
  if (job.kind !== "train" || job.state !== "succeeded" || !result) return null;
  const { model_id, ticker, version, model_type, champion } = result;
  if (typeof model_id !== "number" || typeof version !== "number") return null;
  return {
    modelId: model_id,
    ticker: String(ticker),
    version,
    modelType: String(model_type),
    champion: champion === true,
  };
}
