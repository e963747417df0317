import { Crown, Swords } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ModelSummary } from "@/api/types";
import { Badge } from "@/components/ui/badge";

/** Which roles a model has. */
export function Aliases({ model }: { model: Pick<ModelSummary, "aliases"> }) {
  const { t } = useTranslation();
  return model.aliases.map((alias) => (
    <Badge
      key={alias}
      tone={alias === "champion" ? "accent" : "neutral"}
      icon={alias === "champion" ? <Crown aria-hidden /> : <Swords aria-hidden />}
    >
      {t(alias === "champion" ? "models.champion" : "models.challenger")}
    </Badge>
  ));
}
