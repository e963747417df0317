/** What changed between two readings of a job. */
import type { Job } from "@/api/types";

export type Reading = Pick<Job, "task_id" | "state" | "progress">;

export function isOver(state: Job["state"]): boolean {
  return state === "succeeded" || state === "failed" || state === "cancelled";
}

export interface Tracked {
  reading: Reading | null;
  /** Rises by one each time a job that was seen alive is seen to have ended. */
  endings: number;
}

export const UNTRACKED: Tracked = { reading: null, endings: 0 };

/**
 * Takes the next reading. A job first seen when it was over already has no ending here: it ended before the page
 * looked. Progress never runs backwards within a job, even when a late answer arrives, except when it starts anew.
 */
export function track({ reading, endings }: Tracked, next: Reading): Tracked {
  const same = reading?.task_id === next.task_id;
  if (!same || !reading) return { reading: next, endings };
  if (isOver(reading.state) && !isOver(next.state)) return { reading, endings };
  const ended = !isOver(reading.state) && isOver(next.state);
  return { reading: next, endings: ended ? endings + 1 : endings };
}
