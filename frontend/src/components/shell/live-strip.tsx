/** The newest live forecast, the state of the connection, and the last ones on a click. */
import { clsx } from "clsx";
import { Radio } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Change } from "@/components/ui/change";
import { HeaderPopover } from "@/components/ui/popover";
import { ScrollRegion } from "@/components/ui/scroll-region";
import { SymbolLink } from "@/components/ui/symbol-link";
import { Age, Session } from "@/components/ui/time";
import { useLocale } from "@/i18n";
import { formatNumber, formatPercent } from "@/lib/format";
import type { PredictionMade } from "@/live/frames";
import { type LiveState, useLive } from "@/live/store";

function Entry({ prediction }: { prediction: PredictionMade }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const change = prediction.predicted_close / prediction.last_close - 1;
  return (
    <li className="flex flex-col gap-0.5 border-t border-line px-3 py-2 text-[13px] first:border-t-0">
      <div className="flex items-center justify-between gap-3">
        <SymbolLink ticker={prediction.ticker} />
        <span className="flex items-center gap-2 tabular-nums">
          {formatNumber(prediction.predicted_close, locale, 2)}
          <Change value={change}>{formatPercent(change, locale)}</Change>
        </span>
      </div>
      <div className="flex items-center justify-between gap-3 text-xs text-muted">
        <span>
          {t("live.for")} <Session session={prediction.target_session} />
          {prediction.degraded && ` · ${t("forecast.degraded")}`}
        </span>
        <Age at={prediction.at} />
      </div>
    </li>
  );
}

function Feed({ live }: { live: LiveState }) {
  const { t } = useTranslation();
  if (!live.predictions.length) return <p className="p-3 text-sm text-muted">{t("live.empty")}</p>;
  return (
    <ul>
      {live.predictions.slice(0, 20).map((prediction) => (
        <Entry key={prediction.event_id} prediction={prediction} />
      ))}
    </ul>
  );
}

export function LiveStrip() {
  const { t } = useTranslation();
  const live = useLive();
  const open = live.socket === "open";
  const button = (
    <>
      <Radio aria-hidden className={clsx("size-4", open ? "text-up" : "text-warn")} />
      <span className="sr-only md:not-sr-only">{t(`live.${live.socket}`)}</span>
    </>
  );
  return (
    <HeaderPopover label={t("live.title")} button={button} shape="sm" className="w-[min(22rem,calc(100vw-1.5rem))]">
      <h2 className="border-b border-line px-3 py-2 text-sm font-semibold">{t("live.title")}</h2>
      <ScrollRegion label={t("live.title")} className="max-h-[60dvh] overflow-y-auto">
        {live.gaps > 0 && <p className="px-3 pt-2 text-xs text-warn">{t("live.gap")}</p>}
        <Feed live={live} />
      </ScrollRegion>
    </HeaderPopover>
  );
}
