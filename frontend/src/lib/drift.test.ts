import { describe, expect, it } from "vitest";
import { conceptFinding, featureFinding, trainingTrigger } from "./drift";

const features = {
  drifted: true,
  max_ratio: 1.6,
  windows: 900,
  columns: [
    { name: "volatility_21", distance: 0.8, ratio: 1.6, drifted: true },
    { name: "return_1", distance: 0.1, ratio: 0.5, drifted: false },
  ],
};
const concept = {
  state: "checked",
  sessions: 40,
  statistic: 3.2,
  threshold: 8.5,
  false_alarm_rate: 0.05,
  live_ratio: 1.02,
  record_ratio: 0.98,
  drifted: false,
};

describe("the features of a drift check", () => {
  it("stand beside the distance that would be an alarm", () => {
    const found = featureFinding({ findings: { features } });
    if (!found.checked) throw new Error("not read");
    expect(found.drifted).toBe(true);
    expect(found.columns.map(({ name, drifted }) => [name, drifted])).toEqual([
      ["volatility_21", true],
      ["return_1", false],
    ]);
    expect(found.columns.map(({ threshold }) => threshold)).toEqual([0.5, 0.2]);
  });

  it("say why they were not compared", () => {
    const findings = { features: { state: "not enough sessions yet", sessions: 3 } };
    expect(featureFinding({ findings })).toEqual({ checked: false, reason: "not enough sessions yet" });
    expect(featureFinding({ findings: {} })).toEqual({ checked: false, reason: null });
  });

  it("leave out what is no number", () => {
    const findings = { features: { drifted: false, columns: [{ name: "return_1", distance: null, ratio: 0.2 }] } };
    expect(featureFinding({ findings }).checked).toBe(false);
  });
});

describe("the errors of a drift check", () => {
  it("are read with their threshold", () => {
    expect(conceptFinding({ findings: { concept } })).toEqual({
      checked: true,
      drifted: false,
      sessions: 40,
      statistic: 3.2,
      threshold: 8.5,
      falseAlarmRate: 0.05,
      liveRatio: 1.02,
      recordRatio: 0.98,
    });
  });

  it("are not called calm where they could not be tested", () => {
    const unchecked = { ...concept, state: "no served forecast has an outcome yet", threshold: null };
    expect(conceptFinding({ findings: { concept: unchecked } })).toEqual({
      checked: false,
      reason: "no served forecast has an outcome yet",
    });
  });
});

describe("what had a model trained", () => {
  it("is told of an automatic training", () => {
    const trigger = { trigger: "decay", reason: "the error is 1.2 of naive's", champion: 3, evidence: {} };
    expect(trainingTrigger({ trigger })).toEqual({
      trigger: "decay",
      reason: "the error is 1.2 of naive's",
      championId: 3,
    });
  });

  it("is nothing where a person asked", () => {
    expect(trainingTrigger({ trigger: null })).toBeNull();
    expect(trainingTrigger({ trigger: { champion: 3 } })).toBeNull();
  });
});
