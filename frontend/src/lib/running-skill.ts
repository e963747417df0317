/** The running skill as a curve: it says nothing before enough forecasts are scored. */
import type { ScorePoint } from "@/api/types";

/** Below this many, one lucky session moves the skill by more than any model is worth. */
export const LEAST_SCORED = 20;

export interface SkillPoint {
  at: string;
  value: number;
  scored: number;
}

export function skillCurve(points: readonly Pick<ScorePoint, "target_date" | "skill">[]): SkillPoint[] {
  return points.flatMap(({ target_date, skill }, index) =>
    skill === null || index + 1 < LEAST_SCORED ? [] : [{ at: target_date, value: skill, scored: index + 1 }],
  );
}

/** At most about `count` of the points, evenly, the newest always among them: for a table. */
export function thinned<T>(points: readonly T[], count: number): T[] {
  const step = Math.max(1, Math.ceil(points.length / count));
  return points.filter((_, index) => (points.length - 1 - index) % step === 0);
}
