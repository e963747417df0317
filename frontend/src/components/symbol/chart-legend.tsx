import { useTranslation } from "react-i18next";

export function ChartLegend({ hasFan }: { hasFan: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1.5 px-1 pt-2 text-xs text-muted">
      {hasFan ? (
        <ul className="flex flex-wrap gap-x-4 gap-y-1">
          <li className="flex items-center gap-1.5">
            <span aria-hidden className="h-0.5 w-4 bg-accent" />
            {t("chart.forecastLine")}
          </li>
          <li className="flex items-center gap-1.5">
            <span aria-hidden className="w-4 border-t-2 border-dashed border-naive" />
            {t("chart.naiveLine")}
          </li>
          <li className="flex items-center gap-1.5">
            <span aria-hidden className="flex h-3 overflow-hidden rounded-sm">
              <span className="w-2 bg-accent/45" />
              <span className="w-2 bg-accent/30" />
              <span className="w-2 bg-accent/15" />
            </span>
            {t("chart.bands")}
          </li>
        </ul>
      ) : (
        <span />
      )}
      <a
        href="https://www.tradingview.com/"
        target="_blank"
        rel="noopener noreferrer"
        className="rounded hover:text-ink hover:underline"
      >
        {t("chart.attribution")}
      </a>
    </div>
  );
}
