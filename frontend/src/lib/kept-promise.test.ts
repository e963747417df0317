import { describe, expect, it } from "vitest";
import { keptPromise } from "./kept-promise";

const evidence = { bands: { recent: { "80": [{ coverage: 0.85, rows: 60 }, null] } } };

describe("keptPromise", () => {
  it("is what the forecast says itself, 0 included", () => {
    expect(keptPromise({ coverage: 80, realised: 0, realised_sessions: 4 }, 1, evidence)).toEqual({
      share: 0,
      sessions: 4,
    });
  });

  it("is the model's evidence at that horizon for a forecast from the record", () => {
    expect(keptPromise({ coverage: 80 }, 1, evidence)).toEqual({ share: 0.85, sessions: 60 });
  });

  it("is unknown rather than 0 where nothing was judged", () => {
    expect(keptPromise({ coverage: 80, realised: null, realised_sessions: 0 }, 2, evidence)).toBeNull();
    expect(keptPromise({ coverage: 95 }, 1, evidence)).toBeNull();
    expect(keptPromise({ coverage: 80 }, 1, undefined)).toBeNull();
  });
});
