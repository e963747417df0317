import { describe, expect, it } from "vitest";
import { type Reading, track, UNTRACKED } from "./job-progress";

function reading(state: Reading["state"], progress = 0, task_id = "a"): Reading {
  return { task_id, state, progress };
}

function readings(...all: Reading[]) {
  return all.reduce(track, UNTRACKED);
}

describe("track", () => {
  it("counts the end of a job that was seen alive, once", () => {
    expect(
      readings(reading("queued"), reading("running", 0.5), reading("succeeded", 1), reading("succeeded", 1)).endings,
    ).toBe(1);
  });

  it.each(["failed", "cancelled"] as const)("counts a job that %s as ended", (state) => {
    expect(readings(reading("running"), reading(state)).endings).toBe(1);
  });

  it("does not count a job that was over before anyone looked", () => {
    expect(readings(reading("succeeded", 1)).endings).toBe(0);
  });

  it("ignores an answer that comes too late and would bring an ended job back", () => {
    const tracked = readings(
      reading("running"),
      reading("succeeded", 1),
      reading("running", 0.9),
      reading("succeeded", 1),
    );
    expect(tracked).toEqual({ reading: reading("succeeded", 1), endings: 1 });
  });

  it("counts each of two jobs that follow one another", () => {
    const both = [reading("running"), reading("succeeded"), reading("queued", 0, "b"), reading("failed", 0, "b")];
    expect(readings(...both).endings).toBe(2);
  });

  it("takes a job that a lost worker gives back to the queue as still alive", () => {
    expect(readings(reading("running", 0.6), reading("queued", 0), reading("running", 0.1)).reading?.progress).toBe(
      0.1,
    );
  });
});
