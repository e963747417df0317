/** How lines and marks look: each differs by its dash or shape too, not by its colour alone. */
export type Look = "model" | "naive" | "second" | "faint";

export const LINES: Record<Look, { className: string; dash?: string }> = {
  model: { className: "stroke-accent" },
  naive: { className: "stroke-naive", dash: "5 4" },
  second: { className: "stroke-up", dash: "2 3" },
  faint: { className: "stroke-line-strong" },
};

export const SOFT: Record<Look, string> = {
  model: "fill-accent/15",
  naive: "fill-naive/15",
  second: "fill-up/15",
  faint: "fill-line",
};
