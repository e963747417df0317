/** Why the model was trained, when no person asked for it. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { ModelDetail } from "@/api/types";
import { Card } from "@/components/ui/card";
import { Json } from "@/components/ui/json";
import { asWords } from "@/lib/alerts";
import { trainingTrigger } from "@/lib/drift";
import { oneOf } from "@/lib/search";

const TRIGGERS = ["drift", "decay", "age"] as const;

export function TriggerCard({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const found = trainingTrigger(model);
  if (!found) return null;
  const known = oneOf(found.trigger, TRIGGERS);
  return (
    <Card title={t("retrain.automatic")} bodyClassName="px-4 pb-4 flex flex-col gap-2 text-[13px]">
      <p className="font-medium">{known ? t(`retrainTrigger.${known}`) : asWords(found.trigger)}</p>
      {found.reason && <p className="break-words text-muted">{found.reason}</p>}
      {found.championId !== null && (
        <Link to="/models/$modelId" params={{ modelId: found.championId }} className="w-fit text-muted underline">
          {t("retrain.instead", { id: found.championId })}
        </Link>
      )}
      <Json title={t("retrain.evidence")} value={model.trigger} />
    </Card>
  );
}
