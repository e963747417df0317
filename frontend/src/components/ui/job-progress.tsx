/** A job as it goes on: state, stage, share done, time taken. Changes of stage are spoken, the percentage is not. */
import { useTranslation } from "react-i18next";
import type { Job } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatDuration, formatNumber } from "@/lib/format";
import { isOver } from "@/lib/job-progress";
import { useNow } from "@/lib/now";
import { JobStateBadge } from "./job-state";
import { Progress } from "./progress";

function Elapsed({ job }: { job: Job }) {
  const now = useNow();
  if (!job.started_at) return null;
  return <span className="tabular-nums">{formatDuration(job.started_at, job.finished_at ?? now)}</span>;
}

function useStageText(job: Job): string {
  const { t } = useTranslation();
  if (job.cancel_requested && !isOver(job.state)) return t("job.cancelling");
  if (job.state === "queued") {
    return job.queue_position == null ? t("job.waiting") : t("job.ahead", { count: job.queue_position });
  }
  return job.stage ?? "";
}

export function JobProgress({ job }: { job: Job }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const stage = useStageText(job);
  const percent = formatNumber(job.progress * 100, locale);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center justify-between gap-2 text-[13px]">
        <span className="flex min-w-0 items-center gap-2">
          <JobStateBadge state={job.state} />
          <span aria-live="polite" className="min-w-0 break-words text-muted">
            {isOver(job.state) ? "" : stage}
          </span>
        </span>
        <span className="flex items-center gap-2 text-muted tabular-nums">
          {!isOver(job.state) && <span>{percent} %</span>}
          <Elapsed job={job} />
        </span>
      </div>
      {!isOver(job.state) && <Progress value={job.progress} label={t("job.progress")} />}
    </div>
  );
}
