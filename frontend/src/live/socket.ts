/** One WebSocket that comes back: backoff with jitter, a watchdog on the heartbeat, resume after the last event seen. */
import { type Channel, type EventFrame, parseFrame, type ServerFrame, type SubscribeFrame } from "./frames";

export type SocketState = "connecting" | "open" | "waiting" | "closed";

export interface SocketEvents {
  onState: (state: SocketState) => void;
  onEvent: (frame: EventFrame) => void;
  /** Events were lost on the way; what they would have told must be read from the API again. */
  onGap: () => void;
}

/** The parts of a browser's WebSocket that are used here. */
export interface Wire {
  send: (text: string) => void;
  close: () => void;
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
}

export interface SocketOptions {
  url: string;
  channels: Channel[];
  connect?: (url: string) => Wire;
  random?: () => number;
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 15_000;
const MISSED_HEARTBEATS = 2.5;
const HELLO_TIMEOUT_MS = 10_000;

/** Full jitter between half and the whole of a doubling delay, so that clients do not come back in one wave. */
export function backoffDelay(attempt: number, random: () => number): number {
  const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return ceiling / 2 + (ceiling / 2) * random();
}

export class LiveSocket {
  private readonly options: Required<SocketOptions>;
  private readonly events: SocketEvents;
  private readonly lastEventIds: Partial<Record<Channel, string>> = {};
  private wire: Wire | null = null;
  private attempt = 0;
  private silenceMs = HELLO_TIMEOUT_MS;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SocketOptions, events: SocketEvents) {
    this.options = { connect: (url) => new WebSocket(url) as Wire, random: Math.random, ...options };
    this.events = events;
  }

  open(): void {
    this.events.onState("connecting");
    this.silenceMs = HELLO_TIMEOUT_MS;
    const wire = this.options.connect(this.options.url);
    this.wire = wire;
    wire.onopen = () => this.subscribe(wire);
    wire.onmessage = ({ data }) => this.receive(String(data));
    wire.onclose = () => this.lost(wire);
    this.guard();
  }

  close(): void {
    clearTimeout(this.retry);
    this.drop();
    this.events.onState("closed");
  }

  private subscribe(wire: Wire): void {
    const frame: SubscribeFrame = {
      type: "subscribe",
      channels: this.options.channels,
      tickers: [],
      last_event_ids: this.lastEventIds,
    };
    wire.send(JSON.stringify(frame));
  }

  private receive(text: string): void {
    const frame = parseFrame(text);
    this.guard();
    if (frame) this.handle(frame);
  }

  private handle(frame: ServerFrame): void {
    switch (frame.type) {
      case "hello":
        this.attempt = 0;
        this.silenceMs = frame.heartbeat_seconds * 1000 * MISSED_HEARTBEATS;
        this.guard();
        this.events.onState("open");
        break;
      case "event":
        this.lastEventIds[frame.channel] = frame.id;
        this.events.onEvent(frame);
        break;
      case "gap":
        delete this.lastEventIds[frame.channel];
        this.events.onGap();
        break;
      case "lagged":
        this.events.onGap();
        break;
      default: // A heartbeat has fed the watchdog already; an error frame leaves the stream as it is.
    }
  }

  /** A connection that says nothing for longer than its heartbeat allows is taken for dead. */
  private guard(): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.wire && this.lost(this.wire), this.silenceMs);
  }

  private lost(wire: Wire): void {
    if (wire !== this.wire) return;
    this.drop();
    this.events.onState("waiting");
    this.retry = setTimeout(() => this.open(), backoffDelay(this.attempt, this.options.random));
    this.attempt += 1;
  }

  private drop(): void {
    clearTimeout(this.watchdog);
    const wire = this.wire;
    this.wire = null;
    if (!wire) return;
    wire.onopen = wire.onmessage = wire.onclose = null;
    wire.close();
  }
}
