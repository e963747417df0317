/** What a forecast's bands kept of their promise over the newest sessions. */
import type { ModelDetail } from "@/api/types";
import { isObject, listAt, numberOrNull, objectAt } from "./json";

export interface KeptPromise {
  share: number;
  sessions: number;
}

interface Band {
  coverage: number;
  realised?: number | null;
  realised_sessions?: number;
}

/**
 * A forecast made just now says it itself. One read back from the record leaves it to its model's evidence, which ends
 * with the sessions before the training.
 */
export function keptPromise(
  band: Band,
  horizon: number,
  evidence: ModelDetail["evidence"] | undefined,
): KeptPromise | null {
  if (band.realised != null) return { share: band.realised, sessions: band.realised_sessions ?? 0 };
  const recent = listAt(objectAt(objectAt(evidence, "bands"), "recent"), String(band.coverage))[horizon - 1];
  const share = isObject(recent) ? numberOrNull(recent.coverage) : null;
  return isObject(recent) && share !== null ? { share, sessions: numberOrNull(recent.rows) ?? 0 } : null;
}
