/** Axes: thin lines at round values, named in the reader's language. */
import type { Scale } from "./scale";

export interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const TEXT = "fill-muted text-[11px] tabular-nums";

interface AxisProps {
  ticks: readonly number[];
  scale: Scale;
  frame: Frame;
  format: (value: number) => string;
}

export function ValueAxis({ ticks, scale, frame, format }: AxisProps) {
  return ticks.map((tick) => (
    <g key={tick}>
      <line x1={frame.left} x2={frame.right} y1={scale(tick)} y2={scale(tick)} className="stroke-line" />
      <text x={frame.left - 6} y={scale(tick)} dy="0.32em" textAnchor="end" className={TEXT}>
        {format(tick)}
      </text>
    </g>
  ));
}

export function BottomAxis({ ticks, scale, frame, format }: AxisProps) {
  return ticks.map((tick) => (
    <g key={tick}>
      <line x1={scale(tick)} x2={scale(tick)} y1={frame.bottom} y2={frame.bottom + 4} className="stroke-line-strong" />
      <text x={scale(tick)} y={frame.bottom + 16} textAnchor="middle" className={TEXT}>
        {format(tick)}
      </text>
    </g>
  ));
}
