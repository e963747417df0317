import { Ban, RotateCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { isActive, useCancelJob, useRetryJob } from "@/api/jobs";
import type { Job } from "@/api/types";
import { Button } from "@/components/ui/button";
import { useErrorText } from "@/components/ui/state";
import { notify } from "@/components/ui/toast";

/** Cancel while it goes on, retry once it failed or was cancelled. */
export function JobActions({ job }: { job: Job }) {
  const { t } = useTranslation();
  const text = useErrorText();
  const cancel = useCancelJob();
  const retry = useRetryJob();
  const name = `${t(`jobKind.${job.kind}`)} ${job.ticker ?? ""}`.trim();
  if (isActive(job)) {
    return (
      <Button
        size="sm"
        variant="danger"
        disabled={job.cancel_requested}
        busy={cancel.isPending}
        onClick={() =>
          cancel.mutate(job.task_id, {
            onSuccess: () => notify.done(t("job.cancelDone"), name),
            onError: (error) => notify.failed(t("job.cancelFailed"), text(error)),
          })
        }
      >
        <Ban aria-hidden className="size-3.5" />
        {t("job.cancel")}
      </Button>
    );
  }
  if (job.state === "succeeded") return null;
  return (
    <Button
      size="sm"
      busy={retry.isPending}
      onClick={() =>
        retry.mutate(job.task_id, {
          onSuccess: () => notify.done(t("job.retryDone"), name),
          onError: (error) => notify.failed(t("job.retryFailed"), text(error)),
        })
      }
    >
      <RotateCw aria-hidden className="size-3.5" />
      {t("action.retry")}
    </Button>
  );
}
