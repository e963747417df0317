/** Lines over sessions, with an area behind them if wanted. A picture: its table twin stands beside it. */
import { useMemo } from "react";
import { useLocale } from "@/i18n";
import { formatTick } from "@/lib/format";
import { BottomAxis, type Frame, ValueAxis } from "./axes";
import { LINES, type Look, SOFT } from "./looks";
import { extent, instant, linear, monthTicks, padded, roundTicks, type Scale } from "./scale";
import { useWidth } from "./use-width";

export interface Line {
  name: string;
  look: Look;
  points: readonly { at: string; value: number }[];
}

export interface Area {
  look: Look;
  points: readonly { at: string; lower: number; upper: number }[];
}

interface LinePlotProps {
  /** Says what is to be seen. */
  label: string;
  lines: readonly Line[];
  area?: Area | undefined;
  /** A value that is drawn as a line of its own and is always in sight. */
  level?: number | undefined;
  formatValue: (value: number) => string;
  height?: number;
}

const TICK_WIDTH = 76;

function useScales({ lines, area, level }: LinePlotProps, frame: Frame) {
  const { left, right, top, bottom } = frame;
  return useMemo(() => {
    const points = [...lines.flatMap((line) => line.points), ...(area?.points ?? [])];
    const values = [
      ...lines.flatMap((line) => line.points.map((point) => point.value)),
      ...(area?.points.flatMap((point) => [point.lower, point.upper]) ?? []),
      ...(level === undefined ? [] : [level]),
    ];
    const [span, range] = [extent(points.map((point) => instant(point.at))), extent(values)];
    if (!span || !range) return null;
    const domain = padded(range);
    return { span, domain, x: linear(span, [left, right]), y: linear(domain, [bottom, top]) };
  }, [lines, area, level, left, right, top, bottom]);
}

function linePath(points: Line["points"], x: Scale, y: Scale): string {
  return points
    .map(({ at, value }, index) => `${index ? "L" : "M"}${x(instant(at)).toFixed(1)},${y(value).toFixed(1)}`)
    .join("");
}

function areaPath(points: Area["points"], x: Scale, y: Scale): string {
  const upper = points.map(({ at, upper: value }) => ({ at, value }));
  const lower = points.map(({ at, lower: value }) => ({ at, value })).reverse();
  return `${linePath(upper, x, y)}${linePath(lower, x, y).replace("M", "L")}Z`;
}

function Drawing({ width, height, ...props }: LinePlotProps & { width: number; height: number }) {
  const locale = useLocale();
  const frame: Frame = { left: 52, right: width - 10, top: 8, bottom: height - 24 };
  const scales = useScales(props, frame);
  if (!scales) return null;
  const { span, domain, x, y } = scales;
  const { label, lines, area, level, formatValue } = props;
  return (
    <svg role="img" aria-label={label} width={width} height={height} className="block">
      <ValueAxis ticks={roundTicks(domain)} scale={y} frame={frame} format={formatValue} />
      <BottomAxis
        ticks={monthTicks(span, Math.floor((frame.right - frame.left) / TICK_WIDTH))}
        scale={x}
        frame={frame}
        format={(tick) => formatTick(tick, locale)}
      />
      {level !== undefined && (
        <line x1={frame.left} x2={frame.right} y1={y(level)} y2={y(level)} className="stroke-muted" />
      )}
      {area && <path d={areaPath(area.points, x, y)} className={SOFT[area.look]} />}
      {lines.map(({ name, look, points }) => (
        <path
          key={name}
          d={linePath(points, x, y)}
          fill="none"
          strokeWidth="1.75"
          strokeLinejoin="round"
          strokeDasharray={LINES[look].dash}
          className={LINES[look].className}
        />
      ))}
    </svg>
  );
}

export function LinePlot({ height = 220, ...props }: LinePlotProps) {
  const [element, width] = useWidth<HTMLDivElement>();
  return (
    <div ref={element} style={{ minHeight: height }}>
      {width > 0 && <Drawing width={width} height={height} {...props} />}
    </div>
  );
}
