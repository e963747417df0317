/** One symbol: what was, what is expected, and how far that can be trusted. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { datasetsQuery } from "@/api/datasets";
import { currentForecastQuery } from "@/api/predictions";
import type { Dataset } from "@/api/types";
import { DriftCard } from "@/components/drift/drift-card";
import { ScorecardCard } from "@/components/scorecard/scorecard-card";
import { buttonClass } from "@/components/ui/button";
import { SkeletonLines } from "@/components/ui/skeleton";
import { SourceNotice } from "@/components/ui/source-badge";
import { EmptyState, ErrorState } from "@/components/ui/state";
import { useLocale } from "@/i18n";
import { symbolName } from "@/lib/symbols";
import { ChartCard } from "./chart-card";
import { ForecastCard } from "./forecast-card";
import { HistoryCard } from "./history-card";
import { PathCard } from "./path-card";
import { ProvenanceCard } from "./provenance-card";
import { SymbolHeader } from "./symbol-header";
import { TrainCard } from "./train-card";
import { useForecastPathShown } from "./use-path";
import { useSymbolSearch } from "./use-symbol-search";

export function SymbolPage({ ticker }: { ticker: string }) {
  const { t } = useTranslation();
  const { data: datasets, error, refetch } = useQuery(datasetsQuery);
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!datasets) return <SkeletonLines lines={8} />;
  const dataset = datasets.find((candidate) => candidate.ticker === ticker);
  if (dataset) return <HeldSymbol key={ticker} dataset={dataset} />;
  return (
    <EmptyState icon={<SearchX />} title={t("symbol.notHeld", { ticker })}>
      <p>{t("symbol.notHeldNext")}</p>
      <Link to="/data" search={{ ingest: ticker }} className={buttonClass("primary")}>
        {t("symbol.ingest", { ticker })}
      </Link>
    </EmptyState>
  );
}

function HeldSymbol({ dataset }: { dataset: Dataset }) {
  const locale = useLocale();
  const [search] = useSymbolSearch();
  const forecast = useQuery(currentForecastQuery(dataset));
  const path = useForecastPathShown(dataset, search.path);
  const points = path.predictions.length ? path.predictions : forecast.data ? [forecast.data] : [];
  return (
    <div className="flex flex-col gap-4">
      <title>{`${dataset.ticker} · ${symbolName(dataset, locale)} · Bellwether`}</title>
      <SymbolHeader dataset={dataset} />
      <SourceNotice dataset={dataset} />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_23rem]">
        <div className="contents xl:flex xl:min-w-0 xl:flex-col xl:gap-4">
          <ChartCard dataset={dataset} points={points} />
          <div className="order-3 flex min-w-0 flex-col gap-4">
            <ScorecardCard dataset={dataset} />
            <DriftCard ticker={dataset.ticker} />
            <HistoryCard dataset={dataset} />
          </div>
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <ForecastCard dataset={dataset} />
          <PathCard dataset={dataset} path={path} />
          <TrainCard dataset={dataset} />
          <ProvenanceCard dataset={dataset} />
        </div>
      </div>
    </div>
  );
}
