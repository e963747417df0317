/** One model whole: its record beside naive, its folds, what it was made from. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { modelQuery } from "@/api/models";
import type { ModelDetail } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Json } from "@/components/ui/json";
import { SkeletonLines } from "@/components/ui/skeleton";
import { ErrorState } from "@/components/ui/state";
import { useVerdictText, VerdictBadge } from "@/components/ui/verdict";
import { modelVerdict } from "@/lib/skill";
import { ModelFacts } from "./model-facts";
import { Aliases } from "./model-table";
import { PromoteDialog } from "./promote-dialog";
import { FoldsTable, HorizonTable } from "./record-tables";

function Verdict({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const text = useVerdictText();
  const verdict = modelVerdict(model);
  return (
    <div className="flex flex-wrap items-center gap-2 text-sm">
      <Aliases aliases={model.aliases} />
      {verdict && <VerdictBadge verdict={verdict} />}
      <p className="w-full font-medium">{verdict ? text(verdict) : model.verdict}</p>
      <p className="w-full text-xs text-muted">{t("verdict.how")}</p>
    </div>
  );
}

function Detail({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const [promoting, setPromoting] = useState(false);
  const champion = model.aliases.includes("champion");
  return (
    <>
      <Verdict model={model} />
      {!champion && model.deleted_at === null && (
        <Button variant="primary" className="self-start" onClick={() => setPromoting(true)}>
          {t("promote.start")}
        </Button>
      )}
      <HorizonTable model={model} />
      <FoldsTable model={model} />
      <ModelFacts model={model} />
      <Json title={t("models.params")} value={model.params} />
      <Json title={t("models.evidence")} value={model.evidence} />
      {promoting && <PromoteDialog model={model} onClose={() => setPromoting(false)} />}
    </>
  );
}

export function ModelDrawer({ modelId, onClose }: { modelId: number; onClose: () => void }) {
  const { t } = useTranslation();
  const { data: model, error, refetch } = useQuery(modelQuery(modelId));
  const title = model ? `${model.ticker} · ${model.model_type} v${model.version}` : t("models.model");
  return (
    <Dialog open onClose={onClose} title={title} shape="drawer">
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!error && !model && <SkeletonLines lines={8} />}
      {model && <Detail model={model} />}
    </Dialog>
  );
}
