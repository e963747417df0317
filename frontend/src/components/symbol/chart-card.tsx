import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { pricesQuery } from "@/api/datasets";
import type { Dataset, PriceSeries } from "@/api/types";
import { adjustedBars } from "@/charts/basis";
import { buildFan, type Fan, type FanPoint } from "@/charts/fan";
import { DEFAULT_RANGE, RANGES } from "@/charts/range";
import { Card } from "@/components/ui/card";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import { ErrorState } from "@/components/ui/state";
import { ChartLegend } from "./chart-legend";
import { ChartTable } from "./chart-table";
import { useSymbolSearch } from "./use-symbol-search";

const PriceChart = lazy(() => import("@/charts/price-chart"));

/** The fan of the points that start at the series' newest bar; a forecast that knows another bar is not drawn. */
function useFan(
  series: PriceSeries | undefined,
  points: readonly (FanPoint & { last_session: string; last_close: number })[],
) {
  const last = series?.bars.at(-1);
  return useMemo((): Fan | null => {
    const current = points.filter((point) => point.last_session === last?.session);
    const [first] = current;
    return last && first ? buildFan({ session: last.session, close: first.last_close }, current) : null;
  }, [last, points]);
}

function ChartTools() {
  const { t } = useTranslation();
  const [search, change] = useSymbolSearch();
  return (
    <div className="flex flex-wrap gap-2">
      <Segmented
        label={t("chart.basis")}
        value={search.raw ? "raw" : "adjusted"}
        options={[
          { value: "adjusted", label: t("chart.adjusted"), title: t("chart.adjustedHow") },
          { value: "raw", label: t("chart.raw") },
        ]}
        onChange={(basis) => change({ raw: basis === "raw" ? true : undefined })}
      />
      <Segmented
        label={t("chart.range")}
        value={search.range ?? DEFAULT_RANGE}
        options={RANGES.map((range) => ({ value: range, label: t(`range.${range}`) }))}
        onChange={(range) => change({ range: range === DEFAULT_RANGE ? undefined : range })}
      />
    </div>
  );
}

const placeholder = "h-[calc(clamp(20rem,56dvh,36rem)+1.75rem)]";

interface ChartCardProps {
  dataset: Dataset;
  points: readonly (FanPoint & { last_session: string; last_close: number })[];
}

export function ChartCard({ dataset, points }: ChartCardProps) {
  const { t } = useTranslation();
  const [search] = useSymbolSearch();
  const prices = useQuery(pricesQuery(dataset.ticker, dataset.end_date));
  const fan = useFan(prices.data, points);
  const raw = prices.data?.bars;
  const bars = useMemo(() => raw && (search.raw ? raw : adjustedBars(raw)), [raw, search.raw]);
  return (
    <Card title={t("chart.title")} action={<ChartTools />} bodyClassName="px-3 pb-3">
      {prices.error && <ErrorState error={prices.error} onRetry={() => void prices.refetch()} />}
      {!prices.error && (
        <Suspense fallback={<Skeleton className={placeholder} />}>
          {prices.data && bars ? (
            <PriceChart
              bars={bars}
              currency={prices.data.currency}
              fan={fan}
              range={search.range ?? DEFAULT_RANGE}
              label={t("chart.label", { ticker: dataset.ticker, count: bars.length })}
            />
          ) : (
            <Skeleton className={placeholder} />
          )}
        </Suspense>
      )}
      <ChartLegend hasFan={fan !== null} />
      {prices.data && bars && <ChartTable bars={bars} currency={prices.data.currency} points={fan ? points : []} />}
    </Card>
  );
}
