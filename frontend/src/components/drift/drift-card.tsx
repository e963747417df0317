/** Is the market still the one that the champion was trained on? And what was done about it. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ExternalLink, ScanSearch } from "lucide-react";
import { useTranslation } from "react-i18next";
import { isActive, jobsQuery } from "@/api/jobs";
import { driftQuery, driftReportUrl, monitoringKeys, useCheckDrift } from "@/api/monitoring";
import type { DriftCheck, Job } from "@/api/types";
import { Button, buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { JobProgress } from "@/components/ui/job-progress";
import { Notice } from "@/components/ui/notice";
import { SkeletonLines } from "@/components/ui/skeleton";
import { ErrorState, useErrorText } from "@/components/ui/state";
import { Age } from "@/components/ui/time";
import { notify } from "@/components/ui/toast";
import { featureFinding } from "@/lib/drift";
import { textOrNull } from "@/lib/json";
import { useJobEnding } from "@/lib/use-job-ending";
import { DriftVerdict, useReason } from "./drift-verdict";
import { FeatureTable } from "./feature-table";
import { RetrainList } from "./retrain-list";

const CHECKED = "checked";

/** The newest check that was asked for, while it goes on and when it failed or found nothing to compare. */
function CheckJob({ job }: { job: Job }) {
  const { t } = useTranslation();
  const reason = useReason();
  const state = textOrNull(job.result?.state);
  if (isActive(job)) return <JobProgress job={job} />;
  if (job.state === "failed") return <Notice tone="bad">{job.error ?? t("drift.failed")}</Notice>;
  if (state === null || state === CHECKED) return null;
  return <Notice tone="info">{t("drift.nothing", { reason: reason(state) })}</Notice>;
}

function ReportLink({ check }: { check: DriftCheck }) {
  const { t } = useTranslation();
  return (
    <p className="flex flex-wrap items-center gap-3 text-xs text-muted">
      <span>
        {t("drift.checked")} <Age at={check.at} />
      </span>
      {check.has_report && (
        <a href={driftReportUrl(check.id)} target="_blank" rel="noopener" className={buttonClass("secondary", "sm")}>
          <ExternalLink aria-hidden className="size-3.5" />
          {t("drift.report")}
          <span className="sr-only">{t("drift.newTab")}</span>
        </a>
      )}
    </p>
  );
}

function Check({ check }: { check: DriftCheck }) {
  const features = featureFinding(check);
  return (
    <>
      <DriftVerdict check={check} />
      {features.checked && <FeatureTable columns={features.columns} />}
      <ReportLink check={check} />
    </>
  );
}

export function DriftCard({ ticker }: { ticker: string }) {
  const { t } = useTranslation();
  const text = useErrorText();
  const client = useQueryClient();
  const { data: check, error, refetch } = useQuery(driftQuery(ticker));
  const { data: jobs } = useQuery(jobsQuery({ kind: "drift", ticker }, 1));
  const start = useCheckDrift();
  const job = jobs?.items[0];
  const running = job !== undefined && isActive(job);
  useJobEnding(job, () => {
    void client.invalidateQueries({ queryKey: monitoringKeys.drift(ticker) });
    void client.invalidateQueries({ queryKey: monitoringKeys.retraining(ticker) });
  });
  const ask = () =>
    start.mutate(ticker, {
      onSuccess: (accepted) => notify.done(t(accepted.created ? "drift.started" : "drift.already"), ticker),
      onError: (failure) => notify.failed(t("drift.failed"), text(failure)),
    });
  return (
    <Card
      title={t("drift.title")}
      bodyClassName="px-4 pb-4 flex flex-col gap-4"
      action={
        <Button size="sm" variant="ghost" busy={start.isPending || running} onClick={ask}>
          {!start.isPending && !running && <ScanSearch aria-hidden className="size-3.5" />}
          {t("drift.start")}
        </Button>
      }
    >
      {error && check === undefined && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!error && check === undefined && <SkeletonLines lines={4} />}
      {check === null && <p className="text-[13px] text-muted">{t("drift.none")}</p>}
      {check && <Check check={check} />}
      {job && <CheckJob job={job} />}
      <RetrainList ticker={ticker} />
    </Card>
  );
}
