/** Past forecasts beside what happened. */
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, History, Hourglass } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { historyQuery } from "@/api/predictions";
import type { Dataset, PredictionRecord } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Pager } from "@/components/ui/pager";
import { SkeletonLines } from "@/components/ui/skeleton";
import { EmptyState, ErrorState } from "@/components/ui/state";
import { Table, Td, Th } from "@/components/ui/table";
import { Instant, Session } from "@/components/ui/time";
import { useLocale } from "@/i18n";
import { formatNumber, formatSigned } from "@/lib/format";

const PAGE = 10;

function Outcome({ record }: { record: PredictionRecord }) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (record.outcome === "pending" || record.actual_close === null) {
    return <Badge icon={<Hourglass aria-hidden />}>{t("history.pending")}</Badge>;
  }
  return (
    <span className="inline-flex items-center gap-1.5">
      <CircleCheck aria-hidden className="size-3.5 text-muted" />
      {formatNumber(record.actual_close, locale, 2)}
    </span>
  );
}

function Row({ record }: { record: PredictionRecord }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const signed = (value: number | null) => (value === null ? "–" : formatSigned(value, locale));
  const model = record.model_version ? `${record.model_type} v${record.model_version}` : record.model_type;
  return (
    <tr>
      <Td>
        <Session session={record.target_date} />
      </Td>
      <Td numeric>{formatNumber(record.horizon, locale)}</Td>
      <Td numeric className="font-medium">
        {formatNumber(record.predicted_close, locale, 2)}
      </Td>
      <Td numeric>{formatNumber(record.naive_close, locale, 2)}</Td>
      <Td numeric>
        <Outcome record={record} />
      </Td>
      <Td numeric>{signed(record.error)}</Td>
      <Td numeric>{signed(record.naive_error)}</Td>
      <Td className="whitespace-nowrap">
        {model} {record.degraded && <Badge tone="warn">{t("forecast.degraded")}</Badge>}
      </Td>
      <Td numeric className="text-muted">
        <Instant at={record.made_at} />
      </Td>
    </tr>
  );
}

function HistoryTable({ records }: { records: PredictionRecord[] }) {
  const { t } = useTranslation();
  return (
    <Table label={t("history.title")}>
      <thead>
        <tr>
          <Th>{t("history.target")}</Th>
          <Th numeric>{t("history.ahead")}</Th>
          <Th numeric>{t("history.predicted")}</Th>
          <Th numeric>{t("forecast.naive")}</Th>
          <Th numeric>{t("history.actual")}</Th>
          <Th numeric>{t("history.error")}</Th>
          <Th numeric>{t("history.naiveError")}</Th>
          <Th>{t("history.model")}</Th>
          <Th numeric>{t("history.made")}</Th>
        </tr>
      </thead>
      <tbody>
        {records.map((record) => (
          <Row key={record.prediction_id} record={record} />
        ))}
      </tbody>
    </Table>
  );
}

export function HistoryCard({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const [offset, setOffset] = useState(0);
  const { data, error, refetch } = useQuery(historyQuery(dataset.ticker, PAGE, offset));
  return (
    <Card
      title={t("history.title")}
      bodyClassName="pb-2"
      action={data && <Pager page={data} size={PAGE} onMove={setOffset} />}
    >
      {error && !data && (
        <div className="px-4 pb-2">
          <ErrorState error={error} onRetry={() => void refetch()} />
        </div>
      )}
      {!error && !data && <SkeletonLines lines={6} className="px-4 pb-3" />}
      {data && data.items.length === 0 && (
        <EmptyState icon={<History />} title={t("history.empty")}>
          <p>{t("history.emptyNext")}</p>
        </EmptyState>
      )}
      {data && data.items.length > 0 && <HistoryTable records={data.items} />}
    </Card>
  );
}
