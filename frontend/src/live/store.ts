/** What the socket brought, batched to one update per animation frame. */
import { useSyncExternalStore } from "react";
import type { EventFrame, PredictionMade } from "./frames";
import { LiveSocket, type SocketState } from "./socket";

export interface LiveState {
  socket: SocketState;
  /** Newest first. */
  predictions: PredictionMade[];
  gaps: number;
}

export interface LiveListener {
  /** Predictions made just now; what the server sent from its memory on connect is not among them. */
  onPredictions: (made: PredictionMade[]) => void;
  /** Alerts began, changed or ended; which ones is best read from the alert book, that holds each as it stands now. */
  onAlerts: () => void;
  onGap: () => void;
}

const KEPT = 50;
/** A hidden tab gets no animation frames; it keeps this many events and no more. */
const MAX_PENDING = 500;

/** What was served: a challenger's forecast in shadow was not. */
function servedPredictions(frames: EventFrame[]): PredictionMade[] {
  return frames.flatMap(({ event }) => (event.type === "prediction_made.v1" && !event.shadow ? [event] : []));
}

/** Adds events in the order they came, newest first, each once. */
export function mergePredictions(known: PredictionMade[], frames: EventFrame[]): PredictionMade[] {
  const ids = new Set(known.map((prediction) => prediction.event_id));
  const fresh: PredictionMade[] = [];
  for (const event of servedPredictions(frames)) {
    if (ids.has(event.event_id)) continue;
    ids.add(event.event_id);
    fresh.unshift(event);
  }
  return fresh.length ? [...fresh, ...known].slice(0, KEPT) : known;
}

let state: LiveState = { socket: "closed", predictions: [], gaps: 0 };
let pending: EventFrame[] = [];
let scheduled = false;
const subscribers = new Set<() => void>();

function update(change: Partial<LiveState>): void {
  state = { ...state, ...change };
  for (const subscriber of subscribers) subscriber();
}

function flush(listener: LiveListener): void {
  scheduled = false;
  const frames = pending;
  pending = [];
  const predictions = mergePredictions(state.predictions, frames);
  if (predictions !== state.predictions) update({ predictions });
  const made = servedPredictions(frames.filter((frame) => !frame.backlog));
  if (made.length) listener.onPredictions(made);
  if (frames.some((frame) => frame.channel === "alerts")) listener.onAlerts();
}

/** Opens the app's socket. Returns how to close it. */
export function startLive(listener: LiveListener): () => void {
  const url = `${location.origin.replace(/^http/, "ws")}/ws`;
  const socket = new LiveSocket(
    { url, channels: ["predictions", "alerts"] },
    {
      onState: (next) => update({ socket: next }),
      onEvent: (frame) => {
        pending = [...pending.slice(1 - MAX_PENDING), frame];
        if (scheduled) return;
        scheduled = true;
        requestAnimationFrame(() => flush(listener));
      },
      onGap: () => {
        update({ gaps: state.gaps + 1 });
        listener.onGap();
      },
    },
  );
  socket.open();
  return () => socket.close();
}

function subscribe(subscriber: () => void): () => void {
  subscribers.add(subscriber);
  return () => subscribers.delete(subscriber);
}

export function useLive(): LiveState {
  return useSyncExternalStore(subscribe, () => state);
}
