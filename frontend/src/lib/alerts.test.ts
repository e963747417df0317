import { describe, expect, it } from "vitest";
import type { Alert } from "@/api/types";
import { alertsOf, asWords, inboxOrder, unmuted } from "./alerts";

function alert(id: number, change: Partial<Alert> = {}): Alert {
  return {
    id,
    alert_key: `stale_data:AAPL`,
    kind: "stale_data",
    subject: "AAPL",
    severity: "warning",
    state: "firing",
    summary: "AAPL has no bar since Monday.",
    evidence: {},
    first_seen: "2026-11-20T10:00:00Z",
    last_seen: "2026-11-20T10:00:00Z",
    resolved_at: null,
    count: 1,
    acknowledged_at: null,
    acknowledged_by: null,
    muted_until: null,
    ...change,
  };
}

const ids = (alerts: Alert[]) => alerts.map(({ id }) => id);

describe("inboxOrder", () => {
  it("puts what fires first, then the graver, then the newer", () => {
    const alerts = [
      alert(1, { state: "resolved", severity: "critical" }),
      alert(2, { severity: "info" }),
      alert(3),
      alert(4, { severity: "critical" }),
      alert(5),
    ];
    expect(ids(inboxOrder(alerts))).toEqual([4, 5, 3, 2, 1]);
  });

  it("does not move an alert that is seen once more", () => {
    const before = inboxOrder([alert(1), alert(2)]);
    const after = inboxOrder([alert(1, { last_seen: "2026-11-21T10:00:00Z", count: 9 }), alert(2)]);
    expect(ids(after)).toEqual(ids(before));
  });
});

it("counts nothing that is muted", () => {
  expect(ids(unmuted([alert(1), alert(2, { muted_until: "2026-11-22T10:00:00Z" })]))).toEqual([1]);
});

it("tells a symbol of its own alerts alone, the gravest first", () => {
  const alerts = [
    alert(1),
    alert(2, { subject: "MSFT" }),
    alert(3, { severity: "critical" }),
    alert(4, { muted_until: "2026-11-22T10:00:00Z" }),
  ];
  expect(ids(alertsOf(alerts, "AAPL"))).toEqual([3, 1]);
});

it("reads a name from the code as words", () => {
  expect(asWords("expected_sessions")).toBe("Expected sessions");
  expect(asWords("z")).toBe("Z");
});
