/** Which roles a model has. */
import type { ModelSummary } from "@/api/types";

export function isChampion({ deployments }: Pick<ModelSummary, "deployments">, horizon: number): boolean {
  return deployments.some((each) => each.alias === "champion" && each.horizon === horizon);
}
