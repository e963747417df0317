/** The next session's forecast, beside the naive one, with the model's record in words. */
import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { currentForecastQuery, type ShownForecast, useMakeForecast } from "@/api/predictions";
import type { Dataset } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Change } from "@/components/ui/change";
import { Notice } from "@/components/ui/notice";
import { SkeletonLines } from "@/components/ui/skeleton";
import { ErrorState, useErrorText } from "@/components/ui/state";
import { Age, Session } from "@/components/ui/time";
import { notify } from "@/components/ui/toast";
import { useLocale } from "@/i18n";
import { formatPercent, formatPrice, formatSigned } from "@/lib/format";
import { BandTable } from "./band-table";
import { ChampionLines } from "./champion-lines";

function Headline({ forecast, currency }: { forecast: ShownForecast; currency: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const change = forecast.predicted_close - forecast.last_close;
  return (
    <div>
      <p className="text-[13px] text-muted">
        {t("forecast.closeOn")} <Session session={forecast.target_date} weekday />
      </p>
      <p data-testid="predicted-close" className="mt-0.5 text-3xl font-semibold tracking-[-0.03em] tabular-nums">
        {formatPrice(forecast.predicted_close, currency, locale)}
      </p>
      <p className="mt-1 flex flex-wrap items-center gap-x-2 text-[13px]">
        <Change value={change}>
          {formatSigned(change, locale)} ({formatPercent(change / forecast.last_close, locale)})
        </Change>
        <span className="text-muted">{t("forecast.fromLast")}</span>
      </p>
    </div>
  );
}

function NaiveLine({ forecast, currency }: { forecast: ShownForecast; currency: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <div className="flex items-center justify-between gap-3 rounded-lg bg-raised px-3 py-2 text-[13px]">
      <span className="flex items-center gap-2 text-muted">
        <span aria-hidden className="w-4 border-t-2 border-dashed border-naive" />
        {t("forecast.naiveLong")}
      </span>
      <span data-testid="naive-close" className="font-semibold tabular-nums">
        {formatPrice(forecast.naive_close, currency, locale)}
      </span>
    </div>
  );
}

function MadeBy({ forecast }: { forecast: ShownForecast }) {
  const { t } = useTranslation();
  const model = forecast.model_version
    ? t("forecast.modelVersion", { type: forecast.model_type, version: forecast.model_version })
    : t("forecast.noModel");
  return (
    <p className="text-xs text-muted">
      {model} · {t("forecast.made")} <Age at={forecast.made_at} /> · {t("forecast.by", { backend: forecast.served_by })}
    </p>
  );
}

function ForecastBody({ forecast, dataset }: { forecast: ShownForecast; dataset: Dataset }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-3.5">
      <Headline forecast={forecast} currency={dataset.currency} />
      <NaiveLine forecast={forecast} currency={dataset.currency} />
      {forecast.degraded && (
        <Notice tone="warn">
          <strong className="font-semibold">{t("forecast.degraded")}.</strong> {forecast.degraded_reason}
        </Notice>
      )}
      <ChampionLines ticker={dataset.ticker} championId={dataset.champion_model_id} />
      <BandTable forecast={forecast} currency={dataset.currency} />
      <MadeBy forecast={forecast} />
      <p className="border-t border-line pt-3 text-xs text-muted">{t("forecast.notAdvice")}</p>
    </div>
  );
}

export function ForecastCard({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(currentForecastQuery(dataset));
  const make = useMakeForecast(dataset);
  const text = useErrorText();
  const ask = () =>
    make.mutate(undefined, {
      onSuccess: () => notify.done(t("forecast.doneTitle"), t("forecast.doneText", { ticker: dataset.ticker })),
      onError: (failure) => notify.failed(t("forecast.failedTitle"), text(failure)),
    });
  return (
    <Card
      title={t("forecast.title")}
      action={
        <Button size="sm" variant="ghost" busy={make.isPending} onClick={ask}>
          {!make.isPending && <RefreshCw aria-hidden className="size-3.5" />}
          {t("forecast.again")}
        </Button>
      }
    >
      {error && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!error && !data && <SkeletonLines lines={8} className="min-h-88" />}
      {data && <ForecastBody forecast={data} dataset={dataset} />}
    </Card>
  );
}
