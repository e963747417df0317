import { describe, expect, it } from "vitest";
import {
  direction,
  formatAge,
  formatDuration,
  formatInstant,
  formatPercent,
  formatPrice,
  formatPValue,
  formatSession,
  formatSigned,
} from "./format";

describe("formatSession", () => {
  it("keeps the exchange's date in every time zone of the reader", () => {
    const zone = process.env.TZ;
    try {
      for (const reader of ["Pacific/Kiritimati", "America/Los_Angeles", "Asia/Taipei", "UTC"]) {
        process.env.TZ = reader;
        expect(formatSession("2026-07-01", "en", true)).toBe("Wed, Jul 1, 2026");
      }
    } finally {
      process.env.TZ = zone;
    }
  });

  it("speaks the reader's language", () => {
    expect(formatSession("2026-07-01", "zh-TW")).toBe("2026年7月1日");
  });
});

describe("numbers", () => {
  it("shows a price in its own currency", () => {
    expect(formatPrice(430.47, "USD", "en")).toBe("$430.47");
    expect(formatPrice(1045, "TWD", "en")).toBe("NT$1,045.00");
  });

  it("never leaves the sign of a change to the colour", () => {
    expect(formatPercent(0.0038, "en")).toBe("+0.38%");
    expect(formatPercent(-0.0248, "en")).toBe("-2.48%");
    expect(formatSigned(0, "en")).toBe("0.00");
    expect([direction(1), direction(-1), direction(0)]).toEqual(["up", "down", "flat"]);
  });

  it("never prints a p-value of zero", () => {
    expect(formatPValue(0.0000001, "en")).toBe("< 0.001");
    expect(formatPValue(0.41, "en")).toBe("= 0.41");
    expect(formatPValue(0.0042, "en")).toBe("= 0.004");
  });
});

describe("instants", () => {
  it("are shown in the zone that is asked for", () => {
    expect(formatInstant("2026-11-21T12:00:00Z", "en", "UTC")).toContain("12:00:00");
    expect(formatInstant("2026-11-21T12:00:00Z", "en", "Asia/Taipei")).toContain("8:00:00");
  });

  it("age by the largest whole unit", () => {
    const now = Date.parse("2026-11-21T12:00:00Z");
    expect(formatAge("2026-11-21T11:57:30Z", now, "en")).toBe("2 minutes ago");
    expect(formatAge("2026-11-19T11:00:00Z", now, "en")).toBe("2 days ago");
    expect(formatAge("2026-11-21T12:00:00Z", now, "en")).toBe("now");
  });

  it("last minutes and seconds, or hours too", () => {
    expect(formatDuration("2026-11-21T12:00:00Z", "2026-11-21T12:01:07Z")).toBe("1:07");
    expect(formatDuration("2026-11-21T12:00:00Z", "2026-11-21T13:02:09Z")).toBe("1:02:09");
    expect(formatDuration("2026-11-21T12:00:01Z", "2026-11-21T12:00:00Z")).toBe("0:00");
  });
});
