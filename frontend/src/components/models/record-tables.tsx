/** Errors out of sample, by horizon and fold by fold, beside naive's on the same rows. */
import { useTranslation } from "react-i18next";
import type { ModelDetail } from "@/api/types";
import { Table, Td, Th } from "@/components/ui/table";
import { Session } from "@/components/ui/time";
import { useLocale } from "@/i18n";
import { formatNumber, formatPercent, formatPValue } from "@/lib/format";
import { folds, type HorizonRecord, overallRecords } from "@/lib/skill";

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
    <section className="flex flex-col gap-2">
      <h3 className="text-[13px] font-semibold">{t("models.byHorizon")}</h3>
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
    </section>
  );
}

export function FoldsTable({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const percent = usePercent();
  const rows = folds(model.metrics, 1);
  if (!rows.length) return null;
  return (
    <section className="flex flex-col gap-2">
      <h3 className="text-[13px] font-semibold">{t("models.folds")}</h3>
      <Table label={t("models.folds")} className="rounded-lg border border-line">
        <thead>
          <tr>
            <Th numeric>{t("models.fold")}</Th>
            <Th>{t("models.tested")}</Th>
            <Th numeric>{t("models.sessions")}</Th>
            <Th numeric>{t("models.maeShort")}</Th>
            <Th numeric>{t("models.naiveMae")}</Th>
          </tr>
        </thead>
        <tbody>
          {rows.map((fold) => (
            <tr key={fold.number}>
              <Td numeric>{fold.number}</Td>
              <Td className="whitespace-nowrap">
                <Session session={fold.testStart} /> – <Session session={fold.testEnd} />
              </Td>
              <Td numeric>{formatNumber(fold.testRows, locale)}</Td>
              <Td numeric className="font-medium">
                {fold.record ? percent(fold.record.mae) : "–"}
              </Td>
              <Td numeric>{fold.record ? percent(fold.record.naiveMae) : "–"}</Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  );
}
