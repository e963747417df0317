/** A model's measured record against naive, and the words for it. */
import type { ModelSummary } from "@/api/types";
import { intervalOrNull, isObject, type Json, numberOrNull, textOrNull } from "./json";

type Range = readonly [number, number] | null;

/** What a model is compared with on the same rows. */
export interface Comparison {
  modelId: number | null;
  sessions: number | null;
  skill: number | null;
  pValue: number | null;
}

export interface HorizonRecord {
  mae: number;
  naiveMae: number;
  driftMae: number | null;
  rmse: number;
  naiveRmse: number;
  driftRmse: number | null;
  mase: number | null;
  smape: number | null;
  theilU: number | null;
  directionAccuracy: number | null;
  directionInterval: Range;
  upShare: number | null;
  skill: number | null;
  skillInterval: Range;
  /** Diebold-Mariano against naive, two-sided, as it is. */
  pValue: number | null;
  /** The same, corrected for the number of variants tried. */
  pCorrected: number | null;
  /** One-sided: that the model is worse. */
  pWorse: number | null;
  variants: number | null;
  worse: boolean;
  sessions: number | null;
  drift: Comparison | null;
  champion: Comparison | null;
}

/** The level below which a difference counts as shown, as in training. */
const SIGNIFICANT = 0.05;

function comparison(raw: unknown): Comparison | null {
  if (!isObject(raw)) return null;
  return {
    modelId: numberOrNull(raw.model_id),
    sessions: numberOrNull(raw.sessions),
    skill: numberOrNull(raw.skill),
    pValue: numberOrNull(raw.p_value),
  };
}

function extras(raw: Json) {
  return {
    driftMae: numberOrNull(raw.drift_mae),
    driftRmse: numberOrNull(raw.drift_rmse),
    mase: numberOrNull(raw.mase),
    smape: numberOrNull(raw.smape),
    theilU: numberOrNull(raw.theil_u),
    directionAccuracy: numberOrNull(raw.direction_accuracy),
    directionInterval: intervalOrNull(raw.direction_interval),
    upShare: numberOrNull(raw.up_share),
    skill: numberOrNull(raw.skill),
    skillInterval: intervalOrNull(raw.skill_interval),
    pValue: numberOrNull(raw.dm_p_value),
    pCorrected: numberOrNull(raw.p_value_corrected),
    pWorse: numberOrNull(raw.dm_p_worse),
    variants: numberOrNull(raw.variants),
    worse: raw.worse_than_naive === true,
    sessions: numberOrNull(raw.sessions),
    drift: comparison(raw.against_drift),
    champion: comparison(raw.against_champion),
  };
}

/** One horizon's errors as the API gives them, or null when the four that are always shown are not all there. */
export function parseRecord(raw: unknown): HorizonRecord | null {
  if (!isObject(raw)) return null;
  const [mae, naiveMae] = [numberOrNull(raw.mae), numberOrNull(raw.naive_mae)];
  const [rmse, naiveRmse] = [numberOrNull(raw.rmse), numberOrNull(raw.naive_rmse)];
  if (mae === null || naiveMae === null || rmse === null || naiveRmse === null) return null;
  return { mae, naiveMae, rmse, naiveRmse, ...extras(raw) };
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
  trainStart: string | null;
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
    trainStart: textOrNull(fold.train_start),
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

/** The verdict at one horizon. To be better takes a p-value that is corrected for the variants tried. */
export function modelVerdict(model: Pick<ModelSummary, "model_type" | "metrics">, horizon = 1): Verdict | null {
  const found = overallRecords(model.metrics).find((candidate) => candidate.horizon === horizon);
  if (!found) return null;
  const { skill, pValue, pCorrected, pWorse, worse, sessions } = found.record;
  if (worse && model.model_type !== "naive") {
    return { kind: "worse", skill: Math.abs(skill ?? 0), pValue: pWorse ?? pValue ?? 1, sessions: sessions ?? 0 };
  }
  return verdict(model.model_type, { value: skill, pValue: pCorrected ?? pValue, sessions });
}
