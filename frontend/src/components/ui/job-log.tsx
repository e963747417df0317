import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { LogLine } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatInstant } from "@/lib/format";
import { ScrollRegion } from "./scroll-region";

const NEAR_END_PX = 40;

/** A job's log. It follows the newest line while one reads at its end. */
export function JobLog({ log, className }: { log: LogLine[]; className?: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const box = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new line is what moves the view.
  useEffect(() => {
    if (follow.current) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [log.length]);
  if (!log.length) return <p className="text-[13px] text-muted">{t("job.noLog")}</p>;
  return (
    <ScrollRegion
      ref={box}
      label={t("job.log")}
      onScroll={({ currentTarget: it }) => {
        follow.current = it.scrollHeight - it.scrollTop - it.clientHeight < NEAR_END_PX;
      }}
      className={className ?? "max-h-40 overflow-y-auto rounded-lg border border-line bg-raised p-2.5"}
    >
      <ol className="flex flex-col gap-1 font-mono text-xs leading-4.5">
        {log.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a log only grows at its end.
          <li key={index} title={formatInstant(line.at, locale)} className="break-words">
            {line.line}
          </li>
        ))}
      </ol>
    </ScrollRegion>
  );
}
