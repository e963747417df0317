/** What the record does not say. */
import { useTranslation } from "react-i18next";
import type { ModelDetail } from "@/api/types";
import { Card } from "@/components/ui/card";
import { useLocale } from "@/i18n";
import { formatSession } from "@/lib/format";

export function LimitsCard({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <Card title={t("limits.title")}>
      <ul className="flex list-disc flex-col gap-1.5 pl-4 text-[13px]">
        <li>{t("limits.range", { ticker: model.ticker, end: formatSession(model.train_end, locale) })}</li>
        <li>{t("limits.daily")}</li>
        <li>{t("limits.bands")}</li>
        <li>{t("limits.costs")}</li>
        {model.source === "sample" && <li>{t("limits.sample")}</li>}
      </ul>
    </Card>
  );
}
