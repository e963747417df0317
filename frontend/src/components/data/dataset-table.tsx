import { Link } from "@tanstack/react-router";
import { CircleCheck, History, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Dataset } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { SourceBadge } from "@/components/ui/source-badge";
import { Table, Td, Th } from "@/components/ui/table";
import { Age, Session } from "@/components/ui/time";
import { useLocale } from "@/i18n";
import { formatNumber } from "@/lib/format";
import { isSimulated, symbolName } from "@/lib/symbols";

function Freshness({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  if (dataset.sample) return <Badge icon={<History aria-hidden />}>{t("data.historical")}</Badge>;
  if (isSimulated(dataset.ticker)) return <Badge icon={<History aria-hidden />}>{t("data.replayed")}</Badge>;
  if (dataset.sessions_behind === 0) {
    return (
      <Badge tone="good" icon={<CircleCheck aria-hidden />}>
        {t("data.current")}
      </Badge>
    );
  }
  return (
    <Badge tone="warn" icon={<TriangleAlert aria-hidden />}>
      {t("data.behind", { count: dataset.sessions_behind })}
    </Badge>
  );
}

function Row({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <tr>
      <Td className="whitespace-nowrap">
        <Link
          to="/symbols/$ticker"
          params={{ ticker: dataset.ticker }}
          className="font-semibold underline decoration-line-strong underline-offset-3 hover:decoration-ink"
        >
          {dataset.ticker}
        </Link>
        <span
          title={symbolName(dataset, locale)}
          className="ml-2 inline-block max-w-36 truncate align-bottom text-muted"
        >
          {symbolName(dataset, locale)}
        </span>
      </Td>
      <Td>{dataset.exchange}</Td>
      <Td>
        <SourceBadge dataset={dataset} />
      </Td>
      <Td className="whitespace-nowrap">
        <Session session={dataset.start_date} /> – <Session session={dataset.end_date} />
      </Td>
      <Td numeric>{formatNumber(dataset.count, locale)}</Td>
      <Td>
        <Freshness dataset={dataset} />
      </Td>
      <Td numeric>{formatNumber(dataset.missing_sessions, locale)}</Td>
      <Td numeric>
        <Link
          to="/data"
          search={{ ticker: dataset.ticker }}
          aria-label={t("data.showQuarantine", { ticker: dataset.ticker, count: dataset.quarantined })}
          className="underline decoration-line-strong underline-offset-3"
        >
          {formatNumber(dataset.quarantined, locale)}
        </Link>
      </Td>
      <Td numeric>{formatNumber(dataset.corrections, locale)}</Td>
      <Td numeric className="text-muted">
        {dataset.last_ingest_at ? <Age at={dataset.last_ingest_at} /> : "–"}
      </Td>
    </tr>
  );
}

export function DatasetTable({ datasets }: { datasets: Dataset[] }) {
  const { t } = useTranslation();
  return (
    <Table label={t("data.held")}>
      <thead>
        <tr>
          <Th>{t("data.symbol")}</Th>
          <Th>{t("data.exchange")}</Th>
          <Th>{t("data.source")}</Th>
          <Th>{t("data.range")}</Th>
          <Th numeric>{t("data.bars")}</Th>
          <Th>{t("data.freshness")}</Th>
          <Th numeric>{t("data.missing")}</Th>
          <Th numeric>{t("data.quarantined")}</Th>
          <Th numeric>{t("data.corrections")}</Th>
          <Th numeric>{t("data.ingested")}</Th>
        </tr>
      </thead>
      <tbody>
        {datasets.map((dataset) => (
          <Row key={dataset.ticker} dataset={dataset} />
        ))}
      </tbody>
    </Table>
  );
}
