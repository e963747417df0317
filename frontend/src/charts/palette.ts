/** The theme's colours for the canvas, read from the style sheet so that both speak of the same ones. */
export interface Palette {
  surface: string;
  line: string;
  lineStrong: string;
  ink: string;
  muted: string;
  accent: string;
  naive: string;
  up: string;
  down: string;
  volume: string;
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    surface: read("--surface"),
    line: read("--line"),
    lineStrong: read("--line-strong"),
    ink: read("--ink"),
    muted: read("--muted"),
    accent: read("--accent"),
    naive: read("--naive"),
    up: read("--candle-up"),
    down: read("--candle-down"),
    volume: read("--volume"),
  };
}
