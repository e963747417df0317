import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoffDelay, LiveSocket, type SocketState, type Wire } from "./socket";

class FakeWire implements Wire {
  sent: unknown[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closed = true;
  }

  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

let wires: FakeWire[];
let states: SocketState[];
let events: string[];
let gaps: number;

function open(): LiveSocket {
  const connect = () => {
    const wire = new FakeWire();
    wires.push(wire);
    return wire;
  };
  const socket = new LiveSocket(
    { url: "ws://here/ws", channels: ["predictions"], connect, random: () => 1 },
    { onState: (state) => states.push(state), onEvent: (frame) => events.push(frame.id), onGap: () => (gaps += 1) },
  );
  socket.open();
  return socket;
}

function last(): FakeWire {
  const wire = wires.at(-1);
  if (!wire) throw new Error("nothing has connected");
  return wire;
}

const hello = { type: "hello", channels: ["predictions"], heartbeat_seconds: 15 };
const event = (id: string) => ({ type: "event", channel: "predictions", id, backlog: false, event: {} });

beforeEach(() => {
  vi.useFakeTimers();
  [wires, states, events, gaps] = [[], [], [], 0];
});
afterEach(() => vi.useRealTimers());

describe("LiveSocket", () => {
  it("subscribes when the connection stands, and is open once the server said hello", () => {
    open();
    last().onopen?.();
    expect(last().sent).toEqual([{ type: "subscribe", channels: ["predictions"], tickers: [], last_event_ids: {} }]);
    expect(states).toEqual(["connecting"]);
    last().say(hello);
    expect(states).toEqual(["connecting", "open"]);
  });

  it("comes back by itself and resumes after the last event it saw", () => {
    open();
    last().say(hello);
    last().say(event("7-1"));
    last().say(event("7-2"));
    last().onclose?.();
    expect(states.at(-1)).toBe("waiting");
    vi.advanceTimersByTime(500);
    expect(wires).toHaveLength(2);
    last().onopen?.();
    expect(last().sent).toMatchObject([{ last_event_ids: { predictions: "7-2" } }]);
  });

  it("waits longer after each failure and starts afresh after a hello", () => {
    open();
    const waits = [500, 1000, 2000, 4000];
    for (const wait of waits) {
      const count = wires.length;
      last().onclose?.();
      vi.advanceTimersByTime(wait - 1);
      expect(wires).toHaveLength(count);
      vi.advanceTimersByTime(1);
      expect(wires).toHaveLength(count + 1);
    }
    last().say(hello);
    last().onclose?.();
    vi.advanceTimersByTime(500);
    expect(wires).toHaveLength(waits.length + 2);
  });

  it("takes a silent connection for dead after two and a half heartbeats", () => {
    open();
    last().say(hello);
    vi.advanceTimersByTime(30_000);
    last().say({ type: "heartbeat", at: "2026-11-21T12:00:00Z" });
    vi.advanceTimersByTime(37_400);
    expect(last().closed).toBe(false);
    vi.advanceTimersByTime(200);
    expect(wires[0]?.closed).toBe(true);
    expect(states.at(-1)).toBe("waiting");
  });

  it("tells of a gap and does not ask for the lost events again", () => {
    open();
    last().say(hello);
    last().say(event("7-1"));
    last().say({ type: "gap", channel: "predictions", after: "7-1" });
    expect(gaps).toBe(1);
    last().onclose?.();
    vi.advanceTimersByTime(500);
    last().onopen?.();
    expect(last().sent).toMatchObject([{ last_event_ids: {} }]);
  });

  it("tells that it lagged, and survives text that is no frame", () => {
    open();
    last().say({ type: "lagged", missed: 3 });
    last().onmessage?.({ data: "not json" });
    last().say({ type: "of another version" });
    expect(gaps).toBe(1);
    expect(events).toEqual([]);
  });

  it("stays closed once it was closed", () => {
    const socket = open();
    last().say(hello);
    socket.close();
    vi.advanceTimersByTime(120_000);
    expect(wires).toHaveLength(1);
    expect(states.at(-1)).toBe("closed");
  });
});

describe("backoffDelay", () => {
  it("keeps within half and the whole of the doubling delay, and under the limit", () => {
    expect(backoffDelay(2, () => 0)).toBe(1000);
    expect(backoffDelay(2, () => 1)).toBe(2000);
    expect(backoffDelay(50, () => 1)).toBe(15_000);
  });
});
