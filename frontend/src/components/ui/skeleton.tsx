import { clsx } from "clsx";
import { useTranslation } from "react-i18next";

export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={clsx("animate-pulse rounded-md bg-raised", className)} />;
}

const WIDTHS = ["w-full", "w-11/12", "w-4/5", "w-full", "w-3/4", "w-5/6", "w-full", "w-2/3"];

/** Lines of the height of what will stand there, so that nothing jumps. */
export function SkeletonLines({ lines, className }: { lines: number; className?: string }) {
  const { t } = useTranslation();
  return (
    <div role="status" className={clsx("flex flex-col gap-3", className)}>
      <span className="sr-only">{t("state.loading")}</span>
      {WIDTHS.slice(0, lines).map((width, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines never move.
        <Skeleton key={index} className={clsx("h-5", width)} />
      ))}
    </div>
  );
}
