/** What a model's evidence says, part by part. A model trained before a part was recorded lacks it. */
import type { ModelDetail } from "@/api/types";
import { isObject, type Json, listAt, numberOrNull, objectAt, textOrNull } from "./json";

type Evidence = ModelDetail["evidence"];

/** Horizons that models are graded at. */
export const GRADED = [1, 5, 20] as const;
export type Graded = (typeof GRADED)[number];

export interface Calibration {
  level: number;
  horizon: number;
  realised: number;
  rows: number;
  width: number | null;
  winkler: number | null;
  constantRealised: number | null;
  constantWidth: number | null;
  constantWinkler: number | null;
  recent: number | null;
  recentRows: number | null;
}

function calibration(bands: Json, level: string, horizon: number): Calibration | null {
  const record = listAt(bands.coverage, level)[horizon - 1];
  const realised = isObject(record) ? numberOrNull(record.coverage) : null;
  if (!isObject(record) || realised === null) return null;
  const constant = objectAt(record, "constant");
  const recent = listAt(bands.recent, level)[horizon - 1];
  const number = (part: unknown, key: string) => (isObject(part) ? numberOrNull(part[key]) : null);
  return {
    level: Number(level),
    horizon,
    realised,
    rows: numberOrNull(record.rows) ?? 0,
    width: number(record, "mean_width"),
    winkler: number(record, "winkler"),
    constantRealised: number(constant, "coverage"),
    constantWidth: number(constant, "mean_width"),
    constantWinkler: number(constant, "winkler"),
    recent: number(recent, "coverage"),
    recentRows: number(recent, "rows"),
  };
}

/** Promised and realised coverage at the graded horizons, by level. */
export function calibrations(evidence: Evidence): Calibration[] {
  const bands = objectAt(evidence, "bands");
  const coverage = objectAt(bands, "coverage");
  if (!bands || !coverage) return [];
  return Object.keys(coverage)
    .sort((a, b) => Number(a) - Number(b))
    .flatMap((level) => GRADED.flatMap((horizon) => calibration(bands, level, horizon) ?? []));
}

export interface Slice {
  name: string;
  sessions: number;
  mae: number;
  naiveMae: number;
  skill: number | null;
}

function slice(raw: unknown): Slice[] {
  if (!isObject(raw)) return [];
  const [mae, naiveMae] = [numberOrNull(raw.mae), numberOrNull(raw.naive_mae)];
  if (mae === null || naiveMae === null) return [];
  const skill = numberOrNull(raw.skill);
  return [{ name: String(raw.name), sessions: numberOrNull(raw.sessions) ?? 0, mae, naiveMae, skill }];
}

const SLICE_KINDS = ["volatility", "weekday", "year"] as const;
export type SliceKind = (typeof SLICE_KINDS)[number];

export function slices(evidence: Evidence, horizon: number): { kind: SliceKind; rows: Slice[] }[] {
  const all = objectAt(objectAt(evidence, "slices"), String(horizon));
  return SLICE_KINDS.map((kind) => ({ kind, rows: listAt(all, kind).flatMap(slice) })).filter(
    ({ rows }) => rows.length > 0,
  );
}

export interface LeakReport {
  passed: boolean;
  checks: { name: string; passed: boolean; detail: string }[];
}

export function leakReport(evidence: Evidence): LeakReport | null {
  const report = objectAt(evidence, "leaks");
  if (!report || typeof report.passed !== "boolean") return null;
  const checks = listAt(report, "checks")
    .filter(isObject)
    .map((check) => ({
      name: String(check.name),
      passed: check.passed === true,
      detail: typeof check.detail === "string" ? check.detail : JSON.stringify(check.detail ?? ""),
    }));
  return { passed: report.passed, checks };
}

/** What forecasts lose when a feature's values are shuffled, greatest first. */
export function importances(evidence: Evidence): { feature: string; increase: number }[] {
  return listAt(evidence, "importance")
    .flatMap((raw) => {
      const increase = isObject(raw) ? numberOrNull(raw.mae_increase) : null;
      return isObject(raw) && increase !== null ? [{ feature: String(raw.feature), increase }] : [];
    })
    .sort((a, b) => b.increase - a.increase);
}

/** Root mean squared errors of log variance one session ahead, naive being 1, best first. */
export function volatilityErrors(evidence: Evidence): { name: string; error: number }[] {
  const comparison = objectAt(objectAt(evidence, "volatility"), "comparison");
  return Object.entries(comparison ?? {})
    .flatMap(([name, raw]) => {
      const error = numberOrNull(raw);
      return error === null ? [] : [{ name, error }];
    })
    .sort((a, b) => a.error - b.error);
}

/** Libraries, machine and threads of the training. */
export function environment(evidence: Evidence): [string, string][] {
  return Object.entries(objectAt(evidence, "environment") ?? {}).map(([name, value]) => [
    name,
    textOrNull(value) ?? JSON.stringify(value),
  ]);
}

export interface LongFlat {
  cost: number;
  switches: number;
  invested: number;
  value: number;
  held: number;
  curve: { at: string; value: number; held: number }[];
}

/** The toy that holds the stock while a rise is forecast, beside holding it throughout; both start from 1. */
export function longFlat(evidence: Evidence): LongFlat | null {
  const toy = objectAt(evidence, "long_flat");
  const [value, held] = [numberOrNull(toy?.final_value), numberOrNull(toy?.buy_and_hold_final_value)];
  if (!toy || value === null || held === null) return null;
  const curve = listAt(toy, "curve").flatMap((raw) => {
    const point = isObject(raw) ? [numberOrNull(raw.value), numberOrNull(raw.buy_and_hold)] : [];
    const [own, other] = point;
    return isObject(raw) && own != null && other != null ? [{ at: String(raw.session), value: own, held: other }] : [];
  });
  const number = (key: string) => numberOrNull(toy[key]) ?? 0;
  return {
    cost: number("cost_per_switch"),
    switches: number("switches"),
    invested: number("share_invested"),
    value,
    held,
    curve,
  };
}
