/** What the policy decided about retraining, and what came of it. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { retrainingQuery } from "@/api/monitoring";
import type { RetrainDecision } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/badge";
import { Pager } from "@/components/ui/pager";
import { SkeletonLines } from "@/components/ui/skeleton";
import { ErrorState } from "@/components/ui/state";
import { Age } from "@/components/ui/time";

const PAGE = 5;

const tones: Record<RetrainDecision["outcome"], Tone> = {
  submitted: "accent",
  waiting: "neutral",
  already_training: "neutral",
  cooling_down: "neutral",
  over_budget: "warn",
};

const link = "underline decoration-line-strong underline-offset-3 hover:decoration-ink";

function Links({ decision }: { decision: RetrainDecision }) {
  const { t } = useTranslation();
  const { job_id, resulting_model_id } = decision;
  return (
    <p className="flex flex-wrap gap-x-3 text-xs text-muted">
      <Age at={decision.at} />
      {job_id && (
        <Link to="/jobs" search={{ job: job_id }} className={link}>
          {t("retrain.job")}
        </Link>
      )}
      {resulting_model_id !== null && (
        <Link to="/models/$modelId" params={{ modelId: resulting_model_id }} className={link}>
          {t("retrain.model", { id: resulting_model_id })}
        </Link>
      )}
    </p>
  );
}

function Decision({ decision }: { decision: RetrainDecision }) {
  const { t } = useTranslation();
  return (
    <li className="flex flex-col gap-1 border-t border-line py-2 first:border-t-0">
      <p className="flex flex-wrap items-center gap-2 font-medium">
        {t(`retrainTrigger.${decision.trigger}`)}
        <Badge tone={tones[decision.outcome]}>{t(`retrainOutcome.${decision.outcome}`)}</Badge>
      </p>
      <p className="break-words text-muted">{decision.reason}</p>
      <Links decision={decision} />
    </li>
  );
}

export function RetrainList({ ticker }: { ticker: string }) {
  const { t } = useTranslation();
  const [offset, setOffset] = useState(0);
  const { data, error, refetch } = useQuery(retrainingQuery(ticker, PAGE, offset));
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <SkeletonLines lines={2} />;
  return (
    <section aria-label={t("retrain.title")} className="flex flex-col gap-1 text-[13px]">
      <div className="flex min-h-8 items-center justify-between gap-3">
        <h3 className="font-semibold">{t("retrain.title")}</h3>
        <Pager page={data} size={PAGE} onMove={setOffset} />
      </div>
      {data.items.length === 0 && <p className="text-muted">{t("retrain.none")}</p>}
      <ul className="flex flex-col">
        {data.items.map((decision) => (
          <Decision key={decision.id} decision={decision} />
        ))}
      </ul>
    </section>
  );
}
