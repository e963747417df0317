/** The model behind a forecast, with its evidence; undefined while it is not known, or when there is none. */
import { skipToken, useQuery } from "@tanstack/react-query";
import { modelQuery } from "@/api/models";
import type { ShownForecast } from "@/api/predictions";
import type { ModelDetail } from "@/api/types";

export function useForecastModel(forecast: ShownForecast): ModelDetail | undefined {
  const asked = forecast.model_id === null ? null : modelQuery(forecast.model_id);
  const { data } = useQuery({
    queryKey: asked?.queryKey ?? ["models", "none"],
    queryFn: asked?.queryFn ?? skipToken,
    staleTime: 60_000,
  });
  return data;
}
