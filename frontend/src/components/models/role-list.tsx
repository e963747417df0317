/** A model's roles one by one: where, what it serves there, and why. */
import { useTranslation } from "react-i18next";
import type { ModelDetail } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Instant } from "@/components/ui/time";

export function ServesBadge({ serves }: { serves: "model" | "naive" }) {
  const { t } = useTranslation();
  return <Badge tone={serves === "model" ? "accent" : "neutral"}>{t(`serves.${serves}`)}</Badge>;
}

export function RoleList({ model }: { model: Pick<ModelDetail, "deployments"> }) {
  const { t } = useTranslation();
  if (!model.deployments.length) return <p className="text-[13px] text-muted">{t("models.noRole")}</p>;
  return (
    <ul className="flex flex-col">
      {model.deployments.map((each) => (
        <li key={`${each.alias} ${each.horizon}`} className="border-t border-line py-2 text-[13px] first:border-t-0">
          <p className="flex flex-wrap items-center gap-2 font-medium">
            {t(each.alias === "champion" ? "models.champion" : "models.challenger")} ·{" "}
            {t("model.sessionsAhead", { count: each.horizon })}
            {each.alias === "champion" && <ServesBadge serves={each.serves} />}
          </p>
          {each.alias === "challenger" && <p>{t("models.challengerHow")}</p>}
          <p className="break-words text-muted">{each.serves_reason}</p>
          <p className="text-xs text-muted">
            {t("models.since")} <Instant at={each.at} />
          </p>
        </li>
      ))}
    </ul>
  );
}
