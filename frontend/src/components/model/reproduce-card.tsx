/** Trains the model once more from its record and says whether every metric is the same. */
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleX, Repeat } from "lucide-react";
import { useTranslation } from "react-i18next";
import { isActive, jobsQuery } from "@/api/jobs";
import { useReproduce } from "@/api/models";
import type { Job, ModelDetail } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { JobProgress } from "@/components/ui/job-progress";
import { Notice } from "@/components/ui/notice";
import { useErrorText } from "@/components/ui/state";
import { notify } from "@/components/ui/toast";
import { reproduction, reproductionOf } from "@/lib/reproduction";

const NEWEST = 50;

function Outcome({ job }: { job: Job }) {
  const { t } = useTranslation();
  const found = reproduction(job);
  if (job.state === "failed") return <Notice tone="bad">{job.error ?? t("reproduce.failed")}</Notice>;
  if (!found) return null;
  const Icon = found.reproduced ? CircleCheck : CircleX;
  return (
    <div className="flex flex-col items-start gap-1.5 text-[13px]">
      <Badge tone={found.reproduced ? "good" : "bad"} icon={<Icon aria-hidden />}>
        {t(found.reproduced ? "reproduce.same" : "reproduce.different")}
      </Badge>
      <p className="break-words text-muted">{found.verdict}</p>
    </div>
  );
}

export function ReproduceCard({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const text = useErrorText();
  const start = useReproduce();
  const { data } = useQuery(jobsQuery({ kind: "reproduce", ticker: model.ticker }, NEWEST));
  const job = reproductionOf(data?.items ?? [], model.model_id);
  const running = job !== undefined && isActive(job);
  const ask = () =>
    start.mutate(model.model_id, { onError: (error) => notify.failed(t("reproduce.failed"), text(error)) });
  return (
    <Card title={t("reproduce.title")} bodyClassName="px-4 pb-4 flex flex-col items-start gap-3">
      <p className="text-xs text-muted">{t("reproduce.how")}</p>
      <Button busy={start.isPending || running} onClick={ask}>
        {!start.isPending && !running && <Repeat aria-hidden className="size-4" />}
        {t("reproduce.start")}
      </Button>
      {job && running && (
        <div className="w-full">
          <JobProgress job={job} />
        </div>
      )}
      {job && <Outcome job={job} />}
    </Card>
  );
}
