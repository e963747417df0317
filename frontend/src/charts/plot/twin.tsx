/** The table behind a plot, one press away: the same numbers for those who read rather than look. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

export function TableTwin({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <details className="text-[13px]">
      <summary className="w-fit rounded text-muted hover:text-ink">{t("plot.table")}</summary>
      <div className="pt-2">{children}</div>
    </details>
  );
}
