import { describe, expect, it } from "vitest";
import type { Job } from "@/api/types";
import { reproduction, reproductionOf } from "./reproduction";

const job = (fields: Partial<Job>) => ({ kind: "reproduce", state: "succeeded", result: null, ...fields }) as Job;

describe("reproduction", () => {
  it("is reproduced only where the result says so", () => {
    const verdict = "Not reproduced: 3 of 900 metrics differ.";
    expect(reproduction(job({ result: { reproduced: false, verdict } }))).toEqual({ reproduced: false, verdict });
    expect(reproduction(job({ result: { verdict } }))?.reproduced).toBe(false);
  });

  it("is null while it runs, when it failed, and of another kind", () => {
    expect(reproduction(job({ state: "running" }))).toBeNull();
    expect(reproduction(job({ state: "failed", result: { reproduced: true } }))).toBeNull();
    expect(reproduction(job({ kind: "train", result: { reproduced: true } }))).toBeNull();
  });
});

it("finds the newest job of a model among those of its ticker", () => {
  const jobs = [5, 7, 7].map((model_id, index) => job({ request: { model_id }, attempt: index }));
  expect(reproductionOf(jobs, 7)?.attempt).toBe(1);
  expect(reproductionOf(jobs, 8)).toBeUndefined();
});
