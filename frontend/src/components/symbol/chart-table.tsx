/** The chart's twin for those who read numbers: forecast sessions first, then the newest bars. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Bar } from "@/api/types";
import type { FanPoint } from "@/charts/fan";
import { Table, Td, Th } from "@/components/ui/table";
import { Session } from "@/components/ui/time";
import { useLocale } from "@/i18n";
import { formatNumber } from "@/lib/format";

const SHOWN_BARS = 60;

function ForecastRows({ points }: { points: readonly FanPoint[] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const range = ({ bands }: FanPoint) => {
    const band = bands.find((candidate) => candidate.coverage === 95);
    return band ? `${formatNumber(band.lower, locale, 2)} – ${formatNumber(band.upper, locale, 2)}` : "–";
  };
  return points.map((point) => (
    <tr key={point.target_date} className="bg-accent-soft/50">
      <Td>
        <Session session={point.target_date} /> · {t("chart.expected")}
      </Td>
      <Td numeric colSpan={3}>
        {t("forecast.band", { coverage: 95 })} {range(point)}
      </Td>
      <Td numeric>{formatNumber(point.predicted_close, locale, 2)}</Td>
      <Td numeric>
        {t("forecast.naive")} {formatNumber(point.naive_close, locale, 2)}
      </Td>
    </tr>
  ));
}

function BarRow({ bar }: { bar: Bar }) {
  const locale = useLocale();
  return (
    <tr>
      <Td>
        <Session session={bar.session} weekday />
      </Td>
      {[bar.open, bar.high, bar.low, bar.close].map((value, column) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the columns never move.
        <Td key={column} numeric>
          {formatNumber(value, locale, 2)}
        </Td>
      ))}
      <Td numeric>{formatNumber(bar.volume, locale)}</Td>
    </tr>
  );
}

interface ChartTableProps {
  bars: readonly Bar[];
  currency: string;
  points: readonly FanPoint[];
}

export function ChartTable({ bars, currency, points }: ChartTableProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <details className="mt-2 px-1 text-[13px]" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit rounded py-1 text-muted hover:text-ink">
        {t("chart.table", { count: SHOWN_BARS })}
      </summary>
      {open && (
        <Table
          label={t("chart.tableLabel", { currency })}
          className="mt-2 max-h-96 overflow-y-auto rounded-lg border border-line"
        >
          <thead className="sticky top-0 bg-surface">
            <tr>
              <Th>{t("bar.session")}</Th>
              <Th numeric>{t("bar.open")}</Th>
              <Th numeric>{t("bar.high")}</Th>
              <Th numeric>{t("bar.low")}</Th>
              <Th numeric>{t("bar.close")}</Th>
              <Th numeric>{t("bar.volume")}</Th>
            </tr>
          </thead>
          <tbody>
            <ForecastRows points={points} />
            {bars
              .slice(-SHOWN_BARS)
              .reverse()
              .map((bar) => (
                <BarRow key={bar.session} bar={bar} />
              ))}
          </tbody>
        </Table>
      )}
    </details>
  );
}
