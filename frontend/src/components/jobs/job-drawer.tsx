/** One job whole: request, result, log. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { jobQuery } from "@/api/jobs";
import type { JobDetail } from "@/api/types";
import { CopyText } from "@/components/ui/copy-text";
import { Dialog } from "@/components/ui/dialog";
import { JobLog } from "@/components/ui/job-log";
import { JobProgress } from "@/components/ui/job-progress";
import { Json } from "@/components/ui/json";
import { Notice } from "@/components/ui/notice";
import { SkeletonLines } from "@/components/ui/skeleton";
import { ErrorState } from "@/components/ui/state";
import { Facts } from "@/components/ui/table";
import { Instant } from "@/components/ui/time";
import { JobActions } from "./job-actions";

function Times({ job }: { job: JobDetail }) {
  const { t } = useTranslation();
  const moments = [
    ["jobs.created", job.created_at],
    ["jobs.started", job.started_at],
    ["jobs.finished", job.finished_at],
  ] as const;
  return (
    <Facts>
      <dt>{t("jobs.task")}</dt>
      <dd>
        <CopyText text={job.task_id} />
      </dd>
      {moments.map(([label, at]) => (
        <div key={label} className="contents">
          <dt>{t(label)}</dt>
          <dd>{at ? <Instant at={at} /> : "–"}</dd>
        </div>
      ))}
      <dt>{t("jobs.worker")}</dt>
      <dd className="break-words">{job.worker ?? "–"}</dd>
      <dt>{t("jobs.attempt")}</dt>
      <dd>{job.attempt}</dd>
      {job.retry_of && (
        <>
          <dt>{t("jobs.retryOf")}</dt>
          <dd>
            <CopyText text={job.retry_of} />
          </dd>
        </>
      )}
    </Facts>
  );
}

function Detail({ job }: { job: JobDetail }) {
  const { t } = useTranslation();
  return (
    <>
      <JobProgress job={job} />
      {job.error && <Notice tone="bad">{job.error}</Notice>}
      <Times job={job} />
      <section className="flex min-h-40 flex-1 flex-col gap-2">
        <h3 className="text-[13px] font-semibold">{t("job.log")}</h3>
        <JobLog log={job.log} className="min-h-40 flex-1 overflow-y-auto rounded-lg border border-line bg-raised p-3" />
      </section>
      <Json title={t("jobs.request")} value={job.request} />
      {job.result && <Json title={t("jobs.result")} value={job.result} />}
      <div className="flex justify-end">
        <JobActions job={job} />
      </div>
    </>
  );
}

export function JobDrawer({ taskId, onClose }: { taskId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { data: job, error, refetch } = useQuery(jobQuery(taskId));
  const title = job ? `${t(`jobKind.${job.kind}`)} ${job.ticker ?? ""}` : t("jobs.one");
  return (
    <Dialog open onClose={onClose} title={title} shape="drawer">
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!error && !job && <SkeletonLines lines={8} />}
      {job && <Detail job={job} />}
    </Dialog>
  );
}
