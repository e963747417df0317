import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { coalesce } from "./coalesce";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

it("runs once for many asks within its time, and again for an ask that comes later", () => {
  const action = vi.fn();
  const ask = coalesce(action, 250);
  for (let asks = 0; asks < 100; asks += 1) ask();
  expect(action).not.toHaveBeenCalled();
  vi.advanceTimersByTime(250);
  expect(action).toHaveBeenCalledTimes(1);
  ask();
  vi.advanceTimersByTime(250);
  expect(action).toHaveBeenCalledTimes(2);
});

it("does not put an ask off because others follow it", () => {
  const action = vi.fn();
  const ask = coalesce(action, 250);
  for (let elapsed = 0; elapsed < 1_000; elapsed += 50) {
    ask();
    vi.advanceTimersByTime(50);
  }
  expect(action).toHaveBeenCalledTimes(4);
});
