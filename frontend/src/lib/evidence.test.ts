import { describe, expect, it } from "vitest";
import { calibrations, importances, leakReport, longFlat, slices, volatilityErrors } from "./evidence";

const score = (coverage: number) => ({
  coverage,
  rows: 1000,
  mean_width: 0.04,
  winkler: 0.05,
  constant: { coverage: 0.7, mean_width: 0.05, winkler: 0.07 },
});
const perHorizon = (coverage: number) =>
  Array.from({ length: 20 }, (_, index) => (index < 19 ? score(coverage + index / 1000) : null));

describe("calibrations", () => {
  const evidence = {
    bands: {
      coverage: { "95": perHorizon(0.95), "50": perHorizon(0.5) },
      recent: { "50": [{ coverage: 0.45, rows: 60 }] },
    },
  };

  it("takes the graded horizons by their place, level by level, and leaves out those not judged", () => {
    const found = calibrations(evidence).map(({ level, horizon, realised }) => [level, horizon, realised]);
    expect(found).toEqual([
      [50, 1, 0.5],
      [50, 5, 0.504],
      [95, 1, 0.95],
      [95, 5, 0.954],
    ]);
  });

  it("tells what the last sessions realised, or that it is not known", () => {
    const [first, second] = calibrations(evidence);
    expect([first?.recent, first?.recentRows]).toEqual([0.45, 60]);
    expect(second?.recent).toBeNull();
  });

  it("is empty for a model without bands", () => {
    expect(calibrations({})).toEqual([]);
    expect(calibrations({ bands: { coverage: "?" } })).toEqual([]);
  });
});

describe("slices", () => {
  it("keeps the kinds that are recorded at a horizon, and of them the rows with both errors", () => {
    const row = { name: "Mon", sessions: 200, mae: 0.01, naive_mae: 0.011, skill: 0.09 };
    const evidence = { slices: { "1": { weekday: [row, { name: "Tue", mae: 0.01 }] } } };
    expect(slices(evidence, 1)).toEqual([
      { kind: "weekday", rows: [{ name: "Mon", sessions: 200, mae: 0.01, naiveMae: 0.011, skill: 0.09 }] },
    ]);
    expect(slices(evidence, 5)).toEqual([]);
  });
});

describe("leakReport", () => {
  it("is null where none is recorded, which is not the same as passed", () => {
    expect(leakReport({})).toBeNull();
    expect(leakReport({ leaks: { passed: false, checks: [{ name: "cut", passed: false, detail: "row 7" }] } })).toEqual(
      {
        passed: false,
        checks: [{ name: "cut", passed: false, detail: "row 7" }],
      },
    );
  });
});

describe("importances", () => {
  it("puts the greatest loss first", () => {
    const evidence = {
      importance: [
        { feature: "a", mae_increase: -0.001 },
        { feature: "b", mae_increase: 0.002 },
      ],
    };
    expect(importances(evidence).map(({ feature }) => feature)).toEqual(["b", "a"]);
  });
});

describe("volatilityErrors", () => {
  it("puts the best model first", () => {
    const evidence = { volatility: { comparison: { naive: 1, har: 0.82, ewma: 0.88 } } };
    expect(volatilityErrors(evidence).map(({ name }) => name)).toEqual(["har", "ewma", "naive"]);
  });
});

describe("longFlat", () => {
  it("is null where it is not recorded, and skips points that are no numbers", () => {
    expect(longFlat({})).toBeNull();
    const curve = [
      { session: "2012-01-03", value: 1.1, buy_and_hold: 1.2 },
      { session: "2012-01-04", value: null, buy_and_hold: 1.2 },
    ];
    const toy = longFlat({ long_flat: { final_value: 0, buy_and_hold_final_value: 2, curve } });
    expect(toy).toMatchObject({ value: 0, held: 2, curve: [{ at: "2012-01-03", value: 1.1, held: 1.2 }] });
  });
});
