/** What a drift check found, as its record holds it. */
import type { DriftCheck, ModelDetail } from "@/api/types";
import { isObject, listAt, numberOrNull, objectAt, textOrNull } from "./json";

/** A feature's distance from its past beside what would be an alarm. */
export interface ColumnDistance {
  name: string;
  distance: number;
  threshold: number;
  drifted: boolean;
}

/** One half of a check: whether it found drift, or why there was nothing to check. */
type Finding<T> = ({ checked: true; drifted: boolean } & T) | { checked: false; reason: string | null };

export type FeatureFinding = Finding<{ columns: ColumnDistance[] }>;
export type ConceptFinding = Finding<{
  sessions: number;
  statistic: number;
  threshold: number;
  falseAlarmRate: number | null;
  liveRatio: number | null;
  recordRatio: number | null;
}>;

function column(value: unknown): ColumnDistance | null {
  if (!isObject(value)) return null;
  const [name, distance, ratio] = [textOrNull(value.name), numberOrNull(value.distance), numberOrNull(value.ratio)];
  if (name === null || distance === null || ratio === null || ratio <= 0) return null;
  return { name, distance, threshold: distance / ratio, drifted: ratio > 1 };
}

/** The features, those that lie furthest out first. */
export function featureFinding({ findings }: Pick<DriftCheck, "findings">): FeatureFinding {
  const found = objectAt(findings, "features");
  const columns = listAt(found, "columns").flatMap((each) => column(each) ?? []);
  if (!columns.length) return { checked: false, reason: textOrNull(found?.state) };
  return { checked: true, drifted: found?.drifted === true, columns };
}

/** The errors of what was served beside those of the walk-forward. */
export function conceptFinding({ findings }: Pick<DriftCheck, "findings">): ConceptFinding {
  const found = objectAt(findings, "concept");
  const [statistic, threshold] = [numberOrNull(found?.statistic), numberOrNull(found?.threshold)];
  if (statistic === null || threshold === null) return { checked: false, reason: textOrNull(found?.state) };
  return {
    checked: true,
    drifted: found?.drifted === true,
    sessions: numberOrNull(found?.sessions) ?? 0,
    statistic,
    threshold,
    falseAlarmRate: numberOrNull(found?.false_alarm_rate),
    liveRatio: numberOrNull(found?.live_ratio),
    recordRatio: numberOrNull(found?.record_ratio),
  };
}

export interface TrainingTrigger {
  trigger: string;
  reason: string | null;
  championId: number | null;
}

/** What had a model trained, when no person asked for it. */
export function trainingTrigger({ trigger }: Pick<ModelDetail, "trigger">): TrainingTrigger | null {
  const name = textOrNull(trigger?.trigger);
  if (!trigger || name === null) return null;
  return { trigger: name, reason: textOrNull(trigger.reason), championId: numberOrNull(trigger.champion) };
}
