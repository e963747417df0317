/** Where prices come from. Sample data says so in plain sight. */
import { FlaskConical, RadioTower } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Dataset } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatSession } from "@/lib/format";
import { Badge } from "./badge";

export function SourceBadge({ dataset }: { dataset: Pick<Dataset, "sample" | "source"> }) {
  const { t } = useTranslation();
  if (dataset.sample) {
    return (
      <Badge tone="warn" icon={<FlaskConical aria-hidden />}>
        {t("source.sample")}
      </Badge>
    );
  }
  return <Badge icon={<RadioTower aria-hidden />}>{t("source.named", { source: dataset.source })}</Badge>;
}

export function SampleNotice({ dataset }: { dataset: Pick<Dataset, "sample" | "end_date"> }) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (!dataset.sample) return null;
  return (
    <p
      data-testid="sample-notice"
      className="flex items-center gap-2 rounded-lg border border-warn-line bg-warn-soft px-3 py-2 text-[13px] text-warn"
    >
      <FlaskConical aria-hidden className="size-4 shrink-0" />
      <span>{t("source.sampleNotice", { date: formatSession(dataset.end_date, locale) })}</span>
    </p>
  );
}
