/** What stands where data would: nothing yet, or an error with a way on. */
import { CircleAlert, RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ProblemError } from "@/api/client";
import { Button } from "./button";
import { CopyText } from "./copy-text";

interface EmptyStateProps {
  icon?: ReactNode;
  title: string;
  /** Says the next step. */
  children?: ReactNode;
}

export function EmptyState({ icon, title, children }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center justify-center gap-2 px-4 py-8 text-center">
      {icon && (
        <div aria-hidden className="mb-1 rounded-full bg-raised p-3 text-muted [&_svg]:size-5">
          {icon}
        </div>
      )}
      <p className="font-medium">{title}</p>
      <div className="flex max-w-prose flex-col items-center gap-3 text-sm text-muted">{children}</div>
    </div>
  );
}

/** The words of an error: the API's own where it gave some. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (error instanceof ProblemError) return [error.detail, ...error.fields].join(" · ");
    return error instanceof TypeError ? t("state.unreachable") : String(error);
  };
}

function RequestId({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (!(error instanceof ProblemError && error.requestId)) return null;
  return (
    <p className="flex flex-wrap items-center gap-1 text-xs">
      {t("state.requestId")} <CopyText text={error.requestId} />
    </p>
  );
}

export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const text = useErrorText();
  return (
    <div role="alert" className="flex flex-col items-start gap-2 rounded-lg bg-bad-soft p-3 text-sm text-down">
      <p className="flex items-center gap-2 font-medium">
        <CircleAlert aria-hidden className="size-4 shrink-0" />
        {error instanceof ProblemError ? error.title : t("state.failed")}
      </p>
      <p className="break-words">{text(error)}</p>
      <RequestId error={error} />
      {onRetry && (
        <Button size="sm" onClick={onRetry}>
          <RotateCw aria-hidden className="size-3.5" />
          {t("action.retry")}
        </Button>
      )}
    </div>
  );
}
