/** Runs an action once when a job that was seen alive ends. */
import { useEffect, useEffectEvent, useReducer } from "react";
import { type Reading, track, UNTRACKED } from "./job-progress";

export function useJobEnding(job: Reading | undefined, onEnd: () => void): void {
  const [{ endings }, read] = useReducer(track, UNTRACKED);
  const end = useEffectEvent(onEnd);
  useEffect(() => {
    if (job) read(job);
  }, [job]);
  useEffect(() => {
    if (endings > 0) end();
  }, [endings]);
}
