import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { pricesQuery } from "@/api/datasets";
import type { Dataset } from "@/api/types";
import { adjustedBars } from "@/charts/basis";
import { FiringStrip } from "@/components/alerts/firing-strip";
import { Badge } from "@/components/ui/badge";
import { Change } from "@/components/ui/change";
import { Skeleton } from "@/components/ui/skeleton";
import { SourceBadge } from "@/components/ui/source-badge";
import { Session } from "@/components/ui/time";
import { useLocale } from "@/i18n";
import { formatPercent, formatPrice, formatSigned } from "@/lib/format";
import { symbolName } from "@/lib/symbols";

function LastClose({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { data } = useQuery(pricesQuery(dataset.ticker, dataset.end_date));
  const [previous, last] = adjustedBars(data?.bars.slice(-2) ?? []);
  if (!previous || !last) return <Skeleton className="h-8 w-48" />;
  const change = last.close - previous.close;
  return (
    <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
      <span className="text-2xl font-semibold tracking-[-0.02em] tabular-nums">
        {formatPrice(last.close, dataset.currency, locale)}
      </span>
      <Change value={change}>
        {formatSigned(change, locale)} ({formatPercent(change / previous.close, locale)})
      </Change>
      <span className="text-[13px] text-muted">
        {t("symbol.closeOf")} <Session session={last.session} weekday />
      </span>
    </div>
  );
}

export function SymbolHeader({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-8 gap-y-2">
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-2">
          <h1 className="text-2xl font-semibold tracking-[-0.025em]">{dataset.ticker}</h1>
          <span className="text-muted">{symbolName(dataset, locale)}</span>
        </div>
        <div className="mt-1.5 flex flex-wrap gap-1.5">
          <Badge>{dataset.exchange}</Badge>
          <Badge>{dataset.currency}</Badge>
          <SourceBadge dataset={dataset} />
          {dataset.sessions_behind > 0 && !dataset.sample && (
            <Badge tone="warn">{t("data.behind", { count: dataset.sessions_behind })}</Badge>
          )}
          <FiringStrip subject={dataset.ticker} />
        </div>
      </div>
      <LastClose dataset={dataset} />
    </header>
  );
}
