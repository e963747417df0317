/** What was found when a model was compared with the champions of its day. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { ModelDetail } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/badge";
import { Instant } from "@/components/ui/time";

const tones: Record<ModelDetail["decisions"][number]["outcome"], Tone> = {
  waiting: "neutral",
  kept: "neutral",
  proposed: "accent",
  promoted: "good",
};

export function DecisionList({ model }: { model: Pick<ModelDetail, "decisions"> }) {
  const { t } = useTranslation();
  if (!model.decisions.length) return <p className="text-[13px] text-muted">{t("decision.none")}</p>;
  return (
    <ul className="flex flex-col">
      {model.decisions.map((each) => (
        <li
          key={`${each.horizon} ${each.champion_id}`}
          className="border-t border-line py-2 text-[13px] first:border-t-0"
        >
          <p className="flex flex-wrap items-center gap-2 font-medium">
            {t("model.sessionsAhead", { count: each.horizon })}
            <Badge tone={tones[each.outcome]}>{t(`decision.${each.outcome}`)}</Badge>
          </p>
          <p className="break-words text-muted">{each.reason}</p>
          <p className="text-xs text-muted">
            <Link to="/models/$modelId" params={{ modelId: each.champion_id }} className="underline">
              {t("decision.against", { id: each.champion_id })}
            </Link>{" "}
            · <Instant at={each.at} />
          </p>
        </li>
      ))}
    </ul>
  );
}
