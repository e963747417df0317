import { describe, expect, it } from "vitest";
import { folds, modelVerdict, overallRecords, parseRecord, verdict } from "./skill";

const record = {
  mae: 0.0071,
  rmse: 0.011,
  naive_mae: 0.007,
  naive_rmse: 0.0109,
  up_share: 0.46,
  direction_accuracy: 0.55,
  skill: -0.01,
  dm_p_value: 0.57,
  sessions: 2120,
  better_than_naive: false,
};

describe("verdict", () => {
  it.each([
    [0.02, 0.01, "better"],
    [-0.02, 0.01, "worse"],
    [0.02, 0.05, "notBetter"],
    [-0.02, 0.4, "notBetter"],
    [0.02, null, "unproven"],
    [null, 0.01, "unproven"],
  ] as const)("of a skill of %s with p = %s is %s", (value, pValue, kind) => {
    expect(verdict("ridge", { value, pValue, sessions: 100 }).kind).toBe(kind);
  });

  it("of the naive model says that it is the naive forecast itself", () => {
    expect(verdict("naive", { value: 0, pValue: 1, sessions: 100 }).kind).toBe("naive");
  });

  it("is read from the horizon that is asked for, and is absent without one", () => {
    const model = {
      model_type: "ridge",
      metrics: { overall: { "1": record, "20": { ...record, skill: 0.1, dm_p_value: 0.001 } } },
    };
    expect(modelVerdict(model)?.kind).toBe("notBetter");
    expect(modelVerdict(model, 20)?.kind).toBe("better");
    expect(modelVerdict(model, 5)).toBeNull();
    expect(modelVerdict({ model_type: "ridge", metrics: {} })).toBeNull();
  });
});

describe("the verdict of a record with every test", () => {
  const tested = { ...record, skill: 0.02, dm_p_value: 0.03, p_value_corrected: 0.09, dm_p_worse: 0.985 };

  it("takes the p-value that is corrected for the variants tried", () => {
    const found = modelVerdict({ model_type: "ridge", metrics: { overall: { "1": tested } } });
    expect(found).toMatchObject({ kind: "notBetter", pValue: 0.09 });
  });

  it("says worse by the one-sided test, without a correction that would hide it", () => {
    const worse = { ...tested, skill: -0.02, dm_p_value: 0.07, dm_p_worse: 0.035, worse_than_naive: true };
    const found = modelVerdict({ model_type: "ridge", metrics: { overall: { "1": worse } } });
    expect(found).toMatchObject({ kind: "worse", pValue: 0.035 });
  });
});

describe("records", () => {
  it("come in the order of their horizons, not of their keys as text", () => {
    const metrics = { overall: { "20": record, "5": record, "1": record } };
    expect(overallRecords(metrics).map(({ horizon }) => horizon)).toEqual([1, 5, 20]);
  });

  it("are absent rather than invented when an error is missing or is not a number", () => {
    expect(parseRecord({ ...record, naive_mae: null })).toBeNull();
    expect(parseRecord({ ...record, mae: Number.NaN })).toBeNull();
    expect(parseRecord(null)).toBeNull();
  });

  it("carry what the model was compared with, or null where it was not", () => {
    const champion = { model_id: 3, sessions: 900, skill: 0.01, p_value: 0.4 };
    const parsed = parseRecord({ ...record, against_champion: champion, skill_interval: [-0.02, 0.01] });
    expect(parsed?.champion).toEqual({ modelId: 3, sessions: 900, skill: 0.01, pValue: 0.4 });
    expect(parsed?.skillInterval).toEqual([-0.02, 0.01]);
    expect(parsed?.drift).toBeNull();
  });

  it("of a fold are those of the horizon that is asked for", () => {
    const fold = { fold: 1, train_end: "2004-08-02", test_start: "2004-08-31", test_end: "2006-05-05", test_rows: 424 };
    const [first] = folds({ folds: [{ ...fold, horizons: { "1": record, "5": { ...record, mae: 0.5 } } }] }, 1);
    expect(first).toMatchObject({ number: 1, testRows: 424, record: { mae: 0.0071, naiveMae: 0.007 } });
    expect(folds({}, 1)).toEqual([]);
  });
});
