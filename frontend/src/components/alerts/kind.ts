/** What sort of trouble an alert tells of. */
import { useTranslation } from "react-i18next";
import { asWords } from "@/lib/alerts";
import { oneOf } from "@/lib/search";

const KINDS = ["feature_drift", "concept_drift"] as const;

/** The name of a kind; of one that this page does not know, its own words. */
export function useKindName(): (kind: string) => string {
  const { t } = useTranslation();
  return (kind) => {
    const known = oneOf(kind, KINDS);
    return known ? t(`alertKind.${known}`) : asWords(kind);
  };
}
