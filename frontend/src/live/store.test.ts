import { expect, it } from "vitest";
import type { EventFrame, PredictionMade } from "./frames";
import { mergePredictions } from "./store";

function frame(event_id: string, shadow = false): EventFrame {
  const event = { type: "prediction_made.v1", event_id, shadow } as PredictionMade;
  return { type: "event", channel: "predictions", id: event_id, backlog: false, event };
}

const ids = (predictions: PredictionMade[]) => predictions.map(({ event_id }) => event_id);

it("puts the newest first", () => {
  const known = mergePredictions([], [frame("a"), frame("b")]);
  expect(ids(mergePredictions(known, [frame("c")]))).toEqual(["c", "b", "a"]);
});

it("drops an event that came twice", () => {
  const known = mergePredictions([], [frame("a"), frame("a")]);
  expect(mergePredictions(known, [frame("a")])).toBe(known);
});

it("never shows what a challenger answered in shadow", () => {
  expect(ids(mergePredictions([], [frame("a"), frame("b", true)]))).toEqual(["a"]);
});

it("keeps a bounded number", () => {
  const many = Array.from({ length: 80 }, (_, index) => frame(String(index)));
  const kept = mergePredictions([], many);
  expect(kept).toHaveLength(50);
  expect(kept[0]?.event_id).toBe("79");
});
