/** Starts a replay of the last years and shows it to its end; what it shows comes from the jobs, so it survives a reload. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { History } from "lucide-react";
import { useTranslation } from "react-i18next";
import { isActive, jobsQuery } from "@/api/jobs";
import { scoreKeys, useReplay } from "@/api/scorecard";
import type { Dataset } from "@/api/types";
import { Button } from "@/components/ui/button";
import { JobProgress } from "@/components/ui/job-progress";
import { Notice } from "@/components/ui/notice";
import { useErrorText } from "@/components/ui/state";
import { notify } from "@/components/ui/toast";
import { useJobEnding } from "@/lib/use-job-ending";
import { yearsBefore } from "@/lib/years";

const YEARS = 5;

export function Replay({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const text = useErrorText();
  const client = useQueryClient();
  const replay = useReplay();
  const { data } = useQuery(jobsQuery({ kind: "backfill", ticker: dataset.ticker }, 1));
  const job = data?.items[0];
  const running = job !== undefined && isActive(job);
  useJobEnding(job, () => void client.invalidateQueries({ queryKey: scoreKeys.ticker(dataset.ticker) }));
  const start = () =>
    replay.mutate(
      { ticker: dataset.ticker, start: yearsBefore(dataset.end_date, YEARS) },
      {
        onSuccess: (accepted) => notify.done(t(accepted.created ? "replay.started" : "replay.already"), dataset.ticker),
        onError: (error) => notify.failed(t("replay.failed"), text(error)),
      },
    );
  return (
    <div data-testid="replay" className="flex flex-col gap-3">
      <Button className="self-start" busy={replay.isPending || running} onClick={start}>
        {!replay.isPending && !running && <History aria-hidden className="size-4" />}
        {t("replay.start", { count: YEARS })}
      </Button>
      {job && running && <JobProgress job={job} />}
      {job?.state === "failed" && <Notice tone="bad">{job.error ?? t("replay.failed")}</Notice>}
    </div>
  );
}
