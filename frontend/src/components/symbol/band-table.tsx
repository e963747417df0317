import { useTranslation } from "react-i18next";
import type { ShownForecast } from "@/api/predictions";
import { useLocale } from "@/i18n";
import { formatPrice } from "@/lib/format";

export function BandTable({ forecast, currency }: { forecast: ShownForecast; currency: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const bands = [...forecast.bands].sort((a, b) => a.coverage - b.coverage);
  return (
    <table className="w-full text-[13px]">
      <caption className="pb-1 text-left text-xs text-muted">{t("forecast.bandsTitle")}</caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">{t("forecast.coverage")}</th>
          <th scope="col">{t("forecast.lower")}</th>
          <th scope="col">{t("forecast.upper")}</th>
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
          </tr>
        ))}
      </tbody>
    </table>
  );
}
