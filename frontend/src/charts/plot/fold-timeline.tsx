/** The walk-forward on a time line: what each fold learned from, the gap, and what it was tested on. */
import { useLocale } from "@/i18n";
import { formatNumber, formatTick } from "@/lib/format";
import type { Fold } from "@/lib/skill";
import { BottomAxis, type Frame } from "./axes";
import { instant, linear, monthTicks } from "./scale";
import { useWidth } from "./use-width";

const LANE = 20;
const TICK_WIDTH = 76;

interface FoldTimelineProps {
  folds: readonly Fold[];
  /** Where learning begins in folds that do not say. */
  start: string;
  label: string;
}

function Drawing({ folds, start, label, width }: FoldTimelineProps & { width: number }) {
  const locale = useLocale();
  const frame: Frame = { left: 28, right: width - 10, top: 4, bottom: 4 + folds.length * LANE };
  const first = Math.min(...folds.map((fold) => instant(fold.trainStart ?? start)));
  const last = Math.max(...folds.map((fold) => instant(fold.testEnd)));
  const x = linear([first, last], [frame.left, frame.right]);
  const between = (from: string, to: string) => ({
    x: x(instant(from)),
    width: Math.max(1, x(instant(to)) - x(instant(from))),
    height: LANE - 8,
  });
  return (
    <svg role="img" aria-label={label} width={width} height={frame.bottom + 24} className="block">
      {folds.map((fold, index) => {
        const y = frame.top + index * LANE + 4;
        return (
          <g key={fold.number}>
            <text x={frame.left - 8} y={y + 10} textAnchor="end" className="fill-muted text-[11px] tabular-nums">
              {formatNumber(fold.number, locale)}
            </text>
            <rect {...between(fold.trainStart ?? start, fold.trainEnd)} y={y} rx="2" className="fill-line-strong" />
            <rect {...between(fold.testStart, fold.testEnd)} y={y} rx="2" className="fill-accent-solid" />
          </g>
        );
      })}
      <BottomAxis
        ticks={monthTicks([first, last], Math.floor((frame.right - frame.left) / TICK_WIDTH))}
        scale={x}
        frame={frame}
        format={(tick) => formatTick(tick, locale)}
      />
    </svg>
  );
}

export function FoldTimeline(props: FoldTimelineProps) {
  const [element, width] = useWidth<HTMLDivElement>();
  return (
    <div ref={element} style={{ minHeight: props.folds.length * LANE + 28 }}>
      {width > 0 && <Drawing width={width} {...props} />}
    </div>
  );
}
