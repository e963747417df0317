/** Errors out of sample, by horizon, beside naive's on the same rows. */
import { useTranslation } from "react-i18next";
import type { ModelDetail } from "@/api/types";
import { Table, Td, Th } from "@/components/ui/table";
import { useLocale } from "@/i18n";
import { formatNumber, formatPercent, formatPValue } from "@/lib/format";
import { type HorizonRecord, overallRecords } from "@/lib/skill";

function usePercent() {
  const locale = useLocale();
  return (value: number) => formatNumber(value * 100, locale, 3);
}

function HorizonRow({ horizon, record }: { horizon: number; record: HorizonRecord }) {
  const locale = useLocale();
  const percent = usePercent();
  const share = (value: number | null) => (value === null ? "–" : `${formatNumber(value * 100, locale, 1)} %`);
  return (
    <tr>
      <Td numeric>{horizon}</Td>
      <Td numeric className="font-medium">
        {percent(record.mae)}
      </Td>
      <Td numeric>{percent(record.naiveMae)}</Td>
      <Td numeric>{record.skill === null ? "–" : formatPercent(record.skill, locale)}</Td>
      <Td numeric>{record.pValue === null ? "–" : formatPValue(record.pValue, locale).replace("= ", "")}</Td>
      <Td numeric>{share(record.directionAccuracy)}</Td>
      <Td numeric>{record.sessions === null ? "–" : formatNumber(record.sessions, locale)}</Td>
    </tr>
  );
}

export function HorizonTable({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const records = overallRecords(model.metrics);
  if (!records.length) return null;
  return (
    <Table label={t("models.byHorizon")} className="max-h-72 overflow-y-auto rounded-lg border border-line">
      <thead className="sticky top-0 bg-surface">
        <tr>
          <Th numeric>{t("models.horizon")}</Th>
          <Th numeric>{t("models.maeShort")}</Th>
          <Th numeric>{t("models.naiveMae")}</Th>
          <Th numeric>{t("models.skill")}</Th>
          <Th numeric>{t("models.pValue")}</Th>
          <Th numeric>{t("models.directionAccuracy")}</Th>
          <Th numeric>{t("models.sessions")}</Th>
        </tr>
      </thead>
      <tbody>
        {records.map(({ horizon, record }) => (
          <HorizonRow key={horizon} horizon={horizon} record={record} />
        ))}
      </tbody>
    </Table>
  );
}
