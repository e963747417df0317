/** Trains a model of this symbol and shows it to the end; what it shows comes from the jobs, so it survives a reload. */
import { skipToken, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Dumbbell } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { datasetKeys } from "@/api/datasets";
import { isActive, jobQuery, jobsQuery, useCancelJob } from "@/api/jobs";
import { modelKeys, modelTypesQuery, useTrain } from "@/api/models";
import type { Dataset, Job, JobDetail, ModelTypeInfo } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, Select } from "@/components/ui/field";
import { JobLog } from "@/components/ui/job-log";
import { JobProgress } from "@/components/ui/job-progress";
import { Notice } from "@/components/ui/notice";
import { SkeletonLines } from "@/components/ui/skeleton";
import { ErrorState, useErrorText } from "@/components/ui/state";
import { Age } from "@/components/ui/time";
import { notify } from "@/components/ui/toast";
import { trainingResult } from "@/lib/training-result";
import { useJobEnding } from "@/lib/use-job-ending";

/** The newest training of a symbol, with its log once the job is known. */
function useNewestTraining(ticker: string): {
  job: Job | undefined;
  detail: JobDetail | undefined;
  error: Error | null;
} {
  const list = useQuery(jobsQuery({ kind: "train", ticker }, 1));
  const job = list.data?.items[0];
  const asked = job ? jobQuery(job.task_id) : null;
  const { data: detail } = useQuery({
    queryKey: asked?.queryKey ?? ["jobs", "detail", "none"],
    queryFn: asked?.queryFn ?? skipToken,
    ...(asked?.refetchInterval !== undefined && { refetchInterval: asked.refetchInterval }),
  });
  return { job, detail: detail?.task_id === job?.task_id ? detail : undefined, error: list.error };
}

function TrainForm({ dataset, types, busy }: { dataset: Dataset; types: ModelTypeInfo[]; busy: boolean }) {
  const { t } = useTranslation();
  const text = useErrorText();
  const train = useTrain();
  const fallback = types.find((type) => type.default)?.name ?? types[0]?.name ?? "";
  const [chosen, setChosen] = useState(fallback);
  const start = () =>
    train.mutate(
      { ticker: dataset.ticker, model_type: chosen, params: {}, seed: 42, n_folds: 5, tune: 0, window: "expanding" },
      {
        onSuccess: (job) => notify.done(t(job.created ? "train.started" : "train.already"), dataset.ticker),
        onError: (error) => notify.failed(t("train.failed"), text(error)),
      },
    );
  return (
    <form
      className="flex items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        start();
      }}
    >
      <Field label={t("train.type")} className="flex-1">
        <Select value={chosen} onChange={(event) => setChosen(event.target.value)}>
          {types.map((type) => (
            <option key={type.name} value={type.name}>
              {type.name}
            </option>
          ))}
        </Select>
      </Field>
      <Button type="submit" variant="primary" busy={train.isPending || busy}>
        {!train.isPending && !busy && <Dumbbell aria-hidden className="size-4" />}
        {t("train.start", { ticker: dataset.ticker })}
      </Button>
    </form>
  );
}

function Outcome({ job }: { job: Job }) {
  const { t } = useTranslation();
  const result = trainingResult(job);
  if (job.state === "failed") return <Notice tone="bad">{job.error ?? t("train.failed")}</Notice>;
  if (!result) return null;
  return (
    <p className="text-[13px]">
      {t(result.champion ? "train.registeredChampion" : "train.registered", {
        type: result.modelType,
        version: result.version,
      })}{" "}
      <Link to="/models/$modelId" params={{ modelId: result.modelId }} className="text-accent underline">
        {t("train.seeModel")}
      </Link>
    </p>
  );
}

function CancelButton({ job }: { job: Job }) {
  const { t } = useTranslation();
  const text = useErrorText();
  const cancel = useCancelJob();
  return (
    <Button
      size="sm"
      variant="danger"
      disabled={job.cancel_requested}
      busy={cancel.isPending}
      onClick={() =>
        cancel.mutate(job.task_id, { onError: (error) => notify.failed(t("job.cancelFailed"), text(error)) })
      }
    >
      {t("job.cancel")}
    </Button>
  );
}

function Training({ job, detail }: { job: Job; detail: JobDetail | undefined }) {
  const { t } = useTranslation();
  const now = detail ?? job;
  return (
    <div data-testid="training" className="flex flex-col gap-3 border-t border-line pt-3">
      <p className="flex flex-wrap justify-between gap-2 text-xs text-muted">
        <span>{t(isActive(now) ? "train.running" : "train.latest")}</span>
        <Age at={now.created_at} />
      </p>
      <JobProgress job={now} />
      <Outcome job={now} />
      {detail && isActive(now) && <JobLog log={detail.log} />}
      {detail && !isActive(now) && (
        <details className="text-[13px]">
          <summary className="w-fit rounded text-muted hover:text-ink">{t("job.log")}</summary>
          <div className="pt-2">
            <JobLog log={detail.log} />
          </div>
        </details>
      )}
      {isActive(now) && <CancelButton job={now} />}
    </div>
  );
}

export function TrainCard({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const types = useQuery(modelTypesQuery);
  const { job, detail, error } = useNewestTraining(dataset.ticker);
  useJobEnding(detail ?? job, () => {
    void client.invalidateQueries({ queryKey: modelKeys.all });
    void client.invalidateQueries({ queryKey: datasetKeys.all, exact: true });
  });
  const failure = types.error ?? error;
  return (
    <Card title={t("train.title")} bodyClassName="px-4 pb-4 flex flex-col gap-3">
      {failure && <ErrorState error={failure} onRetry={() => void types.refetch()} />}
      {types.data ? (
        <TrainForm dataset={dataset} types={types.data} busy={job !== undefined && isActive(detail ?? job)} />
      ) : (
        !failure && <SkeletonLines lines={2} />
      )}
      {job && <Training job={job} detail={detail} />}
    </Card>
  );
}
