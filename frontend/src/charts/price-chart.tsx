/** The price chart: candles, volume and fan, readable by mouse, touch and keyboard. */
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Bar } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatCompact, formatNumber, formatSession } from "@/lib/format";
import { useTheme } from "@/lib/theme";
import type { Fan } from "./fan";
import { PriceView } from "./price-view";
import type { Range } from "./range";
import { Reading } from "./reading";

export interface PriceChartProps {
  bars: readonly Bar[];
  currency: string;
  fan: Fan | null;
  range: Range;
  label: string;
}

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -21, PageDown: 21 };

/** The bar that a key leads to, or null when the key is none of ours. */
function stepTo(key: string, from: number, last: number): number | null {
  if (key === "Home") return 0;
  if (key === "End") return last;
  const step = STEPS[key];
  return step === undefined ? null : Math.min(last, Math.max(0, from + step));
}

export default function PriceChart({ bars, currency, fan, range, label }: PriceChartProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const theme = useTheme();
  const container = useRef<HTMLDivElement>(null);
  const view = useRef<PriceView | null>(null);
  const [hovered, setHovered] = useState<number | null>(null);
  const [byKeyboard, setByKeyboard] = useState(false);
  const last = bars.length - 1;

  const fill = useEffectEvent((created: PriceView) => {
    created.setBars(bars);
    created.setFan(fan);
    created.showRange(range);
  });

  useEffect(() => {
    if (!container.current) return;
    const created = new PriceView(container.current, {
      locale,
      formatPrice: (value) => formatNumber(value, locale, 2),
      formatVolume: (value) => formatCompact(value, locale),
      formatSession: (session) => formatSession(session, locale),
      onHover: setHovered,
    });
    view.current = created;
    fill(created);
    return () => {
      view.current = null;
      created.destroy();
    };
  }, [locale]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme is read from the style sheet.
  useEffect(() => view.current?.paint(), [theme]);
  useEffect(() => view.current?.setBars(bars), [bars]);
  // The range follows the fan, so that the whole of it is in sight when it grows.
  // biome-ignore lint/correctness/useExhaustiveDependencies: new bars need the range again.
  useEffect(() => {
    view.current?.setFan(fan);
    view.current?.showRange(range);
  }, [fan, range, bars]);

  const move = (key: string): boolean => {
    const target = stepTo(key, hovered ?? last, last);
    if (target === null) return false;
    setByKeyboard(true);
    setHovered(target);
    view.current?.pointAt(target);
    return true;
  };

  const position = Math.min(hovered ?? last, last);
  const shown = bars[position];
  return (
    <div className="relative">
      {shown && (
        <Reading bar={shown} previousClose={bars[position - 1]?.close} currency={currency} spoken={byKeyboard} />
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: no element is a chart that is read bar by bar. */}
      <div
        role="group"
        aria-roledescription={t("chart.role")}
        aria-label={`${label} ${t("chart.keys")}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read the chart bar by bar.
        tabIndex={0}
        onKeyDown={(event) => move(event.key) && event.preventDefault()}
        onBlur={() => {
          setByKeyboard(false);
          setHovered(null);
          view.current?.clearPointer();
        }}
        className="h-[clamp(20rem,56dvh,36rem)] rounded-lg"
      >
        <div ref={container} aria-hidden className="size-full" />
      </div>
    </div>
  );
}
