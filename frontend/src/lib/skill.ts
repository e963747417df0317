/** A model's measured record against naive, and the words for it. */
import type { ModelSummary, Skill } from "@/api/types";

export interface HorizonRecord {
  mae: number;
  naiveMae: number;
  rmse: number;
  naiveRmse: number;
  directionAccuracy: number | null;
  upShare: number | null;
  skill: number | null;
  pValue: number | null;
  sessions: number | null;
  better: boolean;
}

/** The level below which a difference counts as shown, as in training. */
const SIGNIFICANT = 0.05;

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function numberOrNull(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** One horizon's errors as the API gives them, or null when the four that are always shown are not all there. */
export function parseRecord(raw: unknown): HorizonRecord | null {
  if (!isObject(raw)) return null;
  const [mae, naiveMae] = [numberOrNull(raw.mae), numberOrNull(raw.naive_mae)];
  const [rmse, naiveRmse] = [numberOrNull(raw.rmse), numberOrNull(raw.naive_rmse)];
  if (mae === null || naiveMae === null || rmse === null || naiveRmse === null) return null;
  return {
    mae,
    naiveMae,
    rmse,
    naiveRmse,
    directionAccuracy: numberOrNull(raw.direction_accuracy),
    upShare: numberOrNull(raw.up_share),
    skill: numberOrNull(raw.skill),
    pValue: numberOrNull(raw.dm_p_value),
    sessions: numberOrNull(raw.sessions),
    better: raw.better_than_naive === true,
  };
}

/** A model's records by horizon, nearest first. */
export function overallRecords(metrics: ModelSummary["metrics"]): { horizon: number; record: HorizonRecord }[] {
  const overall = metrics.overall;
  if (!isObject(overall)) return [];
  return Object.entries(overall)
    .flatMap(([horizon, raw]) => {
      const record = parseRecord(raw);
      return record ? [{ horizon: Number(horizon), record }] : [];
    })
    .sort((a, b) => a.horizon - b.horizon);
}

export interface Fold {
  number: number;
  trainEnd: string;
  testStart: string;
  testEnd: string;
  testRows: number;
  record: HorizonRecord | null;
}

/** A model's walk-forward folds, with their errors at one horizon. */
export function folds(metrics: ModelSummary["metrics"], horizon: number): Fold[] {
  const raw = metrics.folds;
  if (!Array.isArray(raw)) return [];
  return raw.filter(isObject).map((fold) => ({
    number: Number(fold.fold),
    trainEnd: String(fold.train_end),
    testStart: String(fold.test_start),
    testEnd: String(fold.test_end),
    testRows: Number(fold.test_rows),
    record: parseRecord(isObject(fold.horizons) ? fold.horizons[String(horizon)] : null),
  }));
}

export interface Verdict {
  kind: "naive" | "unproven" | "notBetter" | "better" | "worse";
  skill: number;
  pValue: number;
  sessions: number;
}

interface Measured {
  value: number | null;
  pValue: number | null;
  sessions: number | null;
}

/** Which sentence a record earns. */
export function verdict(modelType: string, { value, pValue, sessions }: Measured): Verdict {
  const numbers = { skill: Math.abs(value ?? 0), pValue: pValue ?? 1, sessions: sessions ?? 0 };
  if (modelType === "naive") return { kind: "naive", ...numbers };
  if (value === null || pValue === null) return { kind: "unproven", ...numbers };
  if (pValue >= SIGNIFICANT) return { kind: "notBetter", ...numbers };
  return { kind: value > 0 ? "better" : "worse", ...numbers };
}

export function skillVerdict(modelType: string, skill: Skill): Verdict {
  return verdict(modelType, { value: skill.value, pValue: skill.p_value, sessions: skill.sessions });
}

export function modelVerdict(model: Pick<ModelSummary, "model_type" | "metrics">, horizon = 1): Verdict | null {
  const found = overallRecords(model.metrics).find((candidate) => candidate.horizon === horizon);
  if (!found) return null;
  const { skill, pValue, sessions } = found.record;
  return verdict(model.model_type, { value: skill, pValue, sessions });
}
