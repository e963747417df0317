/** Where the data comes from, through which session, and how whole it is. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Dataset } from "@/api/types";
import { Card } from "@/components/ui/card";
import { CopyText } from "@/components/ui/copy-text";
import { Notice } from "@/components/ui/notice";
import { SourceBadge } from "@/components/ui/source-badge";
import { Facts } from "@/components/ui/table";
import { Age, Session } from "@/components/ui/time";
import { useLocale } from "@/i18n";
import { formatNumber, shortHash } from "@/lib/format";

export function ProvenanceCard({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <Card title={t("provenance.title")} bodyClassName="px-4 pb-4 flex flex-col gap-3">
      {dataset.fallback_reason && <Notice tone="warn">{dataset.fallback_reason}</Notice>}
      <Facts>
        <dt>{t("data.source")}</dt>
        <dd>
          <SourceBadge dataset={dataset} />
        </dd>
        <dt>{t("data.range")}</dt>
        <dd>
          <Session session={dataset.start_date} /> – <Session session={dataset.end_date} />
        </dd>
        <dt>{t("data.bars")}</dt>
        <dd className="tabular-nums">{formatNumber(dataset.count, locale)}</dd>
        <dt>{t("data.missing")}</dt>
        <dd className="tabular-nums">{formatNumber(dataset.missing_sessions, locale)}</dd>
        <dt>{t("data.quarantined")}</dt>
        <dd className="tabular-nums">
          <Link to="/data" search={{ ticker: dataset.ticker }} className="underline">
            {formatNumber(dataset.quarantined, locale)}
          </Link>
        </dd>
        <dt>{t("data.snapshot")}</dt>
        <dd>
          <CopyText text={dataset.snapshot} shown={shortHash(dataset.snapshot)} />
        </dd>
        {dataset.last_ingest_at && (
          <>
            <dt>{t("data.ingested")}</dt>
            <dd>
              <Age at={dataset.last_ingest_at} />
            </dd>
          </>
        )}
      </Facts>
    </Card>
  );
}
