import { useTranslation } from "react-i18next";
import type { ShownForecast } from "@/api/predictions";
import { useNumbers } from "@/components/ui/numbers";
import { useLocale } from "@/i18n";
import { formatPrice } from "@/lib/format";
import { type KeptPromise, keptPromise } from "@/lib/kept-promise";
import { useForecastModel } from "./use-forecast-model";

function Kept({ promise }: { promise: KeptPromise | null }) {
  const { share } = useNumbers();
  return promise ? share(promise.share, 0) : "–";
}

export function BandTable({ forecast, currency }: { forecast: ShownForecast; currency: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const evidence = useForecastModel(forecast)?.evidence;
  const bands = [...forecast.bands]
    .sort((a, b) => a.coverage - b.coverage)
    .map((band) => ({ ...band, kept: keptPromise(band, forecast.horizon, evidence) }));
  const sessions = Math.max(0, ...bands.map(({ kept }) => kept?.sessions ?? 0));
  return (
    <div className="flex flex-col gap-1.5">
      <table className="w-full text-[13px]">
        <caption className="pb-1 text-left text-xs text-muted">{t("forecast.bandsTitle")}</caption>
        <thead>
          <tr className="text-xs text-muted [&>th]:pb-1 [&>th]:font-normal">
            <th scope="col" className="text-left">
              {t("forecast.promised")}
            </th>
            <th scope="col" className="text-right">
              {t("forecast.lower")}
            </th>
            <th scope="col" className="text-right">
              {t("forecast.upper")}
            </th>
            <th scope="col" className="text-right">
              {t("forecast.kept")}
            </th>
          </tr>
        </thead>
        <tbody>
          {bands.map((band) => (
            <tr key={band.coverage} className="border-t border-line">
              <th scope="row" className="h-8 text-left font-medium">
                {t("forecast.band", { coverage: band.coverage })}
              </th>
              <td className="text-right">{formatPrice(band.lower, currency, locale)}</td>
              <td className="text-right">{formatPrice(band.upper, currency, locale)}</td>
              <td className="text-right font-medium" data-testid={`kept-${band.coverage}`}>
                <Kept promise={band.kept} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="text-xs text-muted">
        {sessions > 0 ? t("forecast.keptHow", { count: sessions }) : t("forecast.keptUnknown")}
      </p>
    </div>
  );
}
