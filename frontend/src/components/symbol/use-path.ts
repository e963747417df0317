/** The forecast of the next sessions that the URL names, as far as it has come. */
import { skipToken, useQuery } from "@tanstack/react-query";
import { forecastPathQuery } from "@/api/predictions";
import type { Dataset, FutureStatus, Prediction } from "@/api/types";

export interface ShownPath {
  status: FutureStatus | undefined;
  error: Error | null;
  predictions: Prediction[];
}

const NONE: Prediction[] = [];

export function useForecastPathShown(dataset: Dataset, taskId: string | undefined): ShownPath {
  const asked = taskId ? forecastPathQuery(taskId) : null;
  const { data, error } = useQuery({
    queryKey: asked?.queryKey ?? ["predictions", "path", "none"],
    queryFn: asked?.queryFn ?? skipToken,
    staleTime: Number.POSITIVE_INFINITY,
    ...(asked?.refetchInterval !== undefined && { refetchInterval: asked.refetchInterval }),
  });
  const result = data?.result;
  const own = result?.ticker === dataset.ticker;
  return { status: data, error, predictions: (own && result?.predictions) || NONE };
}
