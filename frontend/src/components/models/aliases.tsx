import { Crown, Swords } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ModelSummary } from "@/api/types";
import { Badge } from "@/components/ui/badge";

/** Which roles a model has, and at which horizons. */
export function Aliases({ model }: { model: Pick<ModelSummary, "aliases" | "deployments"> }) {
  const { t } = useTranslation();
  return model.aliases.map((alias) => {
    const champion = alias === "champion";
    const horizons = model.deployments
      .filter((each) => each.alias === alias)
      .map((each) => each.horizon)
      .join(", ");
    return (
      <Badge
        key={alias}
        tone={champion ? "accent" : "neutral"}
        icon={champion ? <Crown aria-hidden /> : <Swords aria-hidden />}
        title={[t("models.roleAt", { horizons }), ...(champion ? [] : [t("models.challengerHow")])].join(". ")}
      >
        {t(champion ? "models.champion" : "models.challenger")}
        <span className="font-normal">{horizons}</span>
      </Badge>
    );
  });
}
