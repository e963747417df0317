/** Paints the fan's bands behind the candles. */
import type {
  AutoscaleInfo,
  IChartApi,
  IPrimitivePaneRenderer,
  IPrimitivePaneView,
  ISeriesApi,
  ISeriesPrimitive,
  SeriesAttachedParameter,
  Time,
} from "lightweight-charts";
import { type BandEdge, type Fan, fanExtent } from "./fan";

type Target = Parameters<IPrimitivePaneRenderer["draw"]>[0];

/** Each wider band adds a layer, so the overlap makes the middle the darkest. */
const LAYER_OPACITY = 0.17;

interface Corner {
  x: number;
  lower: number;
  upper: number;
}

export class FanPrimitive implements ISeriesPrimitive<Time> {
  private fan: Fan | null = null;
  private color = "#000000";
  private chart: IChartApi | null = null;
  private series: ISeriesApi<"Candlestick"> | null = null;
  private requestUpdate: (() => void) | null = null;
  private readonly views: readonly IPrimitivePaneView[] = [
    { zOrder: () => "bottom", renderer: () => ({ draw: (target) => this.draw(target) }) },
  ];

  attached({ chart, series, requestUpdate }: SeriesAttachedParameter<Time>): void {
    this.chart = chart as IChartApi;
    this.series = series as ISeriesApi<"Candlestick">;
    this.requestUpdate = requestUpdate;
  }

  detached(): void {
    this.chart = this.series = this.requestUpdate = null;
  }

  setFan(fan: Fan | null, color: string): void {
    this.fan = fan;
    this.color = color;
    this.requestUpdate?.();
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.views;
  }

  autoscaleInfo(_start: number, end: number): AutoscaleInfo | null {
    const origin = this.fan && this.chart?.timeScale().timeToIndex(this.fan.median[0]?.time ?? "", true);
    if (!this.fan || origin == null || end < origin) return null;
    const { min, max } = fanExtent(this.fan);
    return { priceRange: { minValue: min, maxValue: max } };
  }

  private draw(target: Target): void {
    const fan = this.fan;
    if (!fan) return;
    // biome-ignore lint/correctness/useHookAtTopLevel: the library's method has the name of a hook and is none.
    target.useMediaCoordinateSpace(({ context }) => {
      context.save();
      context.fillStyle = this.color;
      context.globalAlpha = LAYER_OPACITY;
      for (const level of fan.levels) paint(context, this.corners(level.edges));
      context.restore();
    });
  }

  private corners(edges: readonly BandEdge[]): Corner[] {
    return edges.flatMap((edge) => {
      const x = this.chart?.timeScale().timeToCoordinate(edge.time);
      const lower = this.series?.priceToCoordinate(edge.lower);
      const upper = this.series?.priceToCoordinate(edge.upper);
      return x == null || lower == null || upper == null ? [] : [{ x, lower, upper }];
    });
  }
}

function paint(context: CanvasRenderingContext2D, corners: readonly Corner[]): void {
  if (corners.length < 2) return;
  context.beginPath();
  for (const { x, upper } of corners) context.lineTo(x, upper);
  for (const { x, lower } of [...corners].reverse()) context.lineTo(x, lower);
  context.closePath();
  context.fill();
}
