/** The WebSocket's frames by their own names. */
import type { components } from "./frames.gen";

type Schemas = components["schemas"];

export type EventFrame = Schemas["EventFrame"];
export type PredictionMade = Schemas["PredictionMadeV1"];
export type Channel = EventFrame["channel"];
export type SubscribeFrame = Schemas["SubscribeFrame"];
export type ServerFrame =
  | EventFrame
  | Schemas["HelloFrame"]
  | Schemas["GapFrame"]
  | Schemas["LaggedFrame"]
  | Schemas["HeartbeatFrame"]
  | Schemas["ErrorFrame"];

/** Text from the wire as a frame, or null when it is none that this page knows. */
export function parseFrame(text: string): ServerFrame | null {
  try {
    const value: unknown = JSON.parse(text);
    const known = typeof value === "object" && value !== null && "type" in value && FRAME_TYPES.has(String(value.type));
    return known ? (value as ServerFrame) : null;
  } catch {
    return null;
  }
}

const FRAME_TYPES: ReadonlySet<string> = new Set(["event", "hello", "gap", "lagged", "heartbeat", "error"]);
