/** Promised against realised coverage: on the diagonal, a promise is kept. Horizons differ by shape and colour. */
import { useLocale } from "@/i18n";
import type { Calibration } from "@/lib/evidence";
import { formatNumber } from "@/lib/format";
import { BottomAxis, type Frame, ValueAxis } from "./axes";
import { extent, linear } from "./scale";

const SIZE = 260;
const FRAME: Frame = { left: 44, right: SIZE - 8, top: 8, bottom: SIZE - 24 };

interface MarkProps {
  horizon: number;
  x: number;
  y: number;
}

export function Mark({ horizon, x, y }: MarkProps) {
  if (horizon === 1) return <circle cx={x} cy={y} r="5" className="fill-accent" />;
  if (horizon === 5) return <rect x={x - 4.5} y={y - 4.5} width="9" height="9" className="fill-up" />;
  return <path d={`M${x},${y - 6}L${x + 6},${y + 5}L${x - 6},${y + 5}Z`} className="fill-warn" />;
}

export function CalibrationPlot({ found, label }: { found: readonly Calibration[]; label: string }) {
  const locale = useLocale();
  const levels = [...new Set(found.map((each) => each.level))];
  const values = [...levels, ...found.map((each) => each.realised * 100)];
  const [low] = extent(values) ?? [0, 100];
  const domain = [Math.max(0, low - 10), 100] as const;
  const x = linear(domain, [FRAME.left, FRAME.right]);
  const y = linear(domain, [FRAME.bottom, FRAME.top]);
  const format = (value: number) => `${formatNumber(value, locale)} %`;
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${SIZE} ${SIZE}`}
      width={SIZE}
      height={SIZE}
      className="max-w-full"
    >
      <ValueAxis ticks={levels} scale={y} frame={FRAME} format={format} />
      <BottomAxis ticks={levels} scale={x} frame={FRAME} format={format} />
      <line
        x1={x(domain[0])}
        y1={y(domain[0])}
        x2={x(domain[1])}
        y2={y(domain[1])}
        strokeDasharray="5 4"
        className="stroke-naive"
      />
      {found.map((each) => (
        <Mark
          key={`${each.level} ${each.horizon}`}
          horizon={each.horizon}
          x={x(each.level) + (each.horizon === 1 ? -6 : each.horizon === 5 ? 0 : 6)}
          y={y(each.realised * 100)}
        />
      ))}
    </svg>
  );
}
