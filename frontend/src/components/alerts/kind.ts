/** What sort of trouble an alert tells of. */
import { useTranslation } from "react-i18next";
import { asWords } from "@/lib/alerts";
import { oneOf } from "@/lib/search";

const KINDS = [
  "bad_promotion",
  "band_breach",
  "band_width",
  "concept_drift",
  "degraded_serving",
  "error_rate",
  "feature_drift",
  "feed_gap",
  "forecast_move",
  "frozen_price",
  "latency",
  "sample_missing",
  "service_unreachable",
  "stale_data",
] as const;

/** The name of a kind; of one that this page does not know, its own words. */
export function useKindName(): (kind: string) => string {
  const { t } = useTranslation();
  return (kind) => {
    const known = oneOf(kind, KINDS);
    return known ? t(`alertKind.${known}`) : asWords(kind);
  };
}
