import { expect, it } from "vitest";
import { simulationProgress } from "./simulation";
import { isSimulated } from "./symbols";

it("is at its beginning before it says how long it takes", () => {
  expect(simulationProgress({ done: null, sessions: null })).toEqual({ done: 0, total: 0, share: 0 });
});

it("is as far as the sessions that went the whole way", () => {
  expect(simulationProgress({ done: 15, sessions: 60 })).toEqual({ done: 15, total: 60, share: 0.25 });
  expect(simulationProgress({ done: 61, sessions: 60 }).share).toBe(1);
});

it("is known by the end of its ticker alone", () => {
  expect(isSimulated("AAPL.SIM")).toBe(true);
  expect(isSimulated("SIM")).toBe(false);
  expect(isSimulated("SIM.TW")).toBe(false);
});
