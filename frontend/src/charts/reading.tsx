/** Open, high, low, close and volume of the bar under the crosshair. */
import { useTranslation } from "react-i18next";
import type { Bar } from "@/api/types";
import { Change } from "@/components/ui/change";
import { useLocale } from "@/i18n";
import { formatCompact, formatNumber, formatPercent, formatPrice, formatSession } from "@/lib/format";

interface ReadingProps {
  bar: Bar;
  /** The close of the session before: what the change is measured from. None before the first bar. */
  previousClose: number | undefined;
  currency: string;
  /** Speaks each change: for the keyboard, not for the mouse. */
  spoken: boolean;
}

export function Reading({ bar, previousClose, currency, spoken }: ReadingProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const change = previousClose === undefined ? null : bar.close / previousClose - 1;
  const values = [
    ["open", formatNumber(bar.open, locale, 2)],
    ["high", formatNumber(bar.high, locale, 2)],
    ["low", formatNumber(bar.low, locale, 2)],
  ] as const;
  return (
    <div
      aria-live={spoken ? "polite" : "off"}
      className="pointer-events-none flex min-h-7 flex-wrap items-center gap-x-3 gap-y-0.5 px-1 pb-1 text-xs tabular-nums"
    >
      <span className="font-medium">{formatSession(bar.session, locale, true)}</span>
      {values.map(([name, value]) => (
        <span key={name}>
          <span className="text-muted">{t(`bar.${name}`)}</span> {value}
        </span>
      ))}
      <span>
        <span className="text-muted">{t("bar.close")}</span>{" "}
        <span className="font-medium">{formatPrice(bar.close, currency, locale)}</span>
      </span>
      {change !== null && <Change value={change}>{formatPercent(change, locale)}</Change>}
      <span>
        <span className="text-muted">{t("bar.volume")}</span> {formatCompact(bar.volume, locale)}
      </span>
    </div>
  );
}
