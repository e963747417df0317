/** How far a simulated market is. */
import type { Market } from "@/api/types";

export interface SimulationProgress {
  done: number;
  total: number;
  share: number;
}

export function simulationProgress({ done, sessions }: Pick<Market, "done" | "sessions">): SimulationProgress {
  const [finished, total] = [done ?? 0, sessions ?? 0];
  return { done: finished, total, share: total > 0 ? Math.min(1, finished / total) : 0 };
}
