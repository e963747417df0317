/** lightweight-charts behind four verbs: create, show bars, show a fan, destroy. */
import {
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  createChart,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  type MouseEventParams,
  type Time,
} from "lightweight-charts";
import type { Bar } from "@/api/types";
import type { Fan } from "./fan";
import { FanPrimitive } from "./fan-primitive";
import { type Palette, readPalette } from "./palette";
import { firstVisible, type Range } from "./range";

export interface PriceViewOptions {
  locale: string;
  formatPrice: (value: number) => string;
  formatVolume: (value: number) => string;
  formatSession: (session: string) => string;
  /** The bar under the crosshair, by its index, or null when it left the bars. */
  onHover: (index: number | null) => void;
}

const VOLUME_PANE = 1;
const VOLUME_SHARE = 0.2;
const MARGIN_BARS = 3;
const quiet = { lastValueVisible: false, priceLineVisible: false, crosshairMarkerVisible: false } as const;

export class PriceView {
  private readonly chart: IChartApi;
  private readonly candles: ISeriesApi<"Candlestick">;
  private readonly volume: ISeriesApi<"Histogram">;
  private readonly median: ISeriesApi<"Line">;
  private readonly naive: ISeriesApi<"Line">;
  private readonly fan = new FanPrimitive();
  private readonly indexOf = new Map<string, number>();
  private readonly options: PriceViewOptions;
  private bars: readonly Bar[] = [];
  private shownFan: Fan | null = null;
  private noChange: IPriceLine | null = null;
  private palette: Palette;

  constructor(container: HTMLElement, options: PriceViewOptions) {
    this.options = options;
    this.palette = readPalette();
    // The link that the licence asks for stands below the chart: the library's own needs an inline style sheet.
    this.chart = createChart(container, { autoSize: true, layout: { attributionLogo: false } });
    const priceFormat = { type: "custom", minMove: 0.01, formatter: options.formatPrice } as const;
    const volumeFormat = { type: "custom", minMove: 1, formatter: options.formatVolume } as const;
    this.candles = this.chart.addSeries(CandlestickSeries, { priceLineVisible: false, priceFormat });
    this.volume = this.chart.addSeries(
      HistogramSeries,
      { priceFormat: volumeFormat, lastValueVisible: false, priceLineVisible: false },
      VOLUME_PANE,
    );
    this.naive = this.chart.addSeries(LineSeries, { ...quiet, priceFormat, lineStyle: LineStyle.Dashed, lineWidth: 2 });
    this.median = this.chart.addSeries(LineSeries, {
      ...quiet,
      priceFormat,
      lineWidth: 2,
      pointMarkersVisible: true,
      pointMarkersRadius: 2.5,
    });
    this.candles.attachPrimitive(this.fan);
    this.chart.subscribeCrosshairMove(this.hover);
    this.paint();
    this.sharePanes();
  }

  destroy(): void {
    this.chart.unsubscribeCrosshairMove(this.hover);
    this.chart.remove();
  }

  /** Takes the colours of the theme that holds now. */
  paint(): void {
    this.palette = readPalette();
    const { surface, line, muted, lineStrong, up, down, accent, naive, volume } = this.palette;
    this.chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: surface },
        textColor: muted,
        fontFamily: getComputedStyle(document.body).fontFamily,
        fontSize: 12,
        panes: { separatorColor: line, separatorHoverColor: lineStrong, enableResize: false },
      },
      grid: { vertLines: { visible: false }, horzLines: { color: line } },
      rightPriceScale: { borderVisible: false },
      timeScale: { borderColor: line },
      crosshair: { mode: CrosshairMode.Magnet, vertLine: { color: lineStrong }, horzLine: { color: lineStrong } },
      localization: {
        locale: this.options.locale,
        timeFormatter: (time: Time) => (typeof time === "string" ? this.options.formatSession(time) : String(time)),
      },
    });
    // Rising bars are hollow, falling ones are filled: the direction never hangs on the colour alone.
    this.candles.applyOptions({
      upColor: surface,
      downColor: down,
      borderUpColor: up,
      borderDownColor: down,
      wickUpColor: up,
      wickDownColor: down,
    });
    this.volume.applyOptions({ color: volume });
    this.naive.applyOptions({ color: naive });
    this.noChange?.applyOptions({ color: naive });
    this.median.applyOptions({ color: accent });
    this.fan.setFan(this.shownFan, accent);
  }

  setBars(bars: readonly Bar[]): void {
    this.bars = bars;
    this.indexOf.clear();
    for (const [index, bar] of bars.entries()) this.indexOf.set(bar.session, index);
    this.candles.setData(
      bars.map(({ session, open, high, low, close }) => ({ time: session, open, high, low, close })),
    );
    this.volume.setData(bars.map(({ session, volume }) => ({ time: session, value: volume })));
    this.sharePanes();
  }

  setFan(fan: Fan | null): void {
    this.shownFan = fan;
    this.median.setData(fan?.median ?? []);
    this.naive.setData(fan?.naive ?? []);
    this.fan.setFan(fan, this.palette.accent);
    this.drawNoChange(fan?.naive.at(-1)?.value);
  }

  showRange(range: Range): void {
    const sessions = this.bars.map((bar) => bar.session);
    const ahead = this.shownFan ? this.shownFan.median.length - 1 : 0;
    const to = sessions.length - 1 + ahead + MARGIN_BARS;
    this.chart.timeScale().setVisibleLogicalRange({ from: firstVisible(sessions, range) - 0.5, to });
  }

  /** Puts the crosshair on a bar, for those who read with the keyboard. */
  pointAt(index: number): void {
    const bar = this.bars[index];
    if (!bar) return;
    const visible = this.chart.timeScale().getVisibleLogicalRange();
    if (visible && (index < visible.from || index > visible.to)) {
      const half = (visible.to - visible.from) / 2;
      this.chart.timeScale().setVisibleLogicalRange({ from: index - half, to: index + half });
    }
    this.chart.setCrosshairPosition(bar.close, bar.session, this.candles);
  }

  clearPointer(): void {
    this.chart.clearCrosshairPosition();
  }

  /** The naive forecast as a level through the whole chart: over one session alone its line would be a dot. */
  private drawNoChange(price: number | undefined): void {
    if (this.noChange) this.candles.removePriceLine(this.noChange);
    this.noChange = null;
    if (price === undefined) return;
    const { naive: color } = this.palette;
    const style = { color, lineWidth: 1, lineStyle: LineStyle.Dashed, axisLabelVisible: false, title: "" } as const;
    this.noChange = this.candles.createPriceLine({ ...style, price });
  }

  private readonly hover = ({ time }: MouseEventParams<Time>): void => {
    this.options.onHover(typeof time === "string" ? (this.indexOf.get(time) ?? null) : null);
  };

  private sharePanes(): void {
    const [price, volume] = this.chart.panes();
    price?.setStretchFactor(1 - VOLUME_SHARE);
    volume?.setStretchFactor(VOLUME_SHARE);
  }
}
