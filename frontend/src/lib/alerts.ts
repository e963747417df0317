/** Alerts in the order in which one looks at them, and their evidence in words. */
import type { Alert, AlertSeverity } from "@/api/types";

export const SEVERITIES = ["critical", "warning", "info"] as const satisfies AlertSeverity[];

type Ranked = Pick<Alert, "id" | "severity" | "state">;

function rank({ state, severity }: Ranked): number {
  return (state === "firing" ? 0 : SEVERITIES.length) + SEVERITIES.indexOf(severity);
}

/**
 * What fires before what has ended, the graver before the lighter, the newer before the older. When an alert was last
 * seen says nothing here: otherwise each sighting would move the rows beneath the reader's eyes.
 */
export function inboxOrder<T extends Ranked>(alerts: readonly T[]): T[] {
  return [...alerts].sort((a, b) => rank(a) - rank(b) || b.id - a.id);
}

/** Those that somebody should be told of. */
export function unmuted<T extends Pick<Alert, "muted_until">>(alerts: readonly T[]): T[] {
  return alerts.filter((alert) => alert.muted_until === null);
}

/** The unmuted alerts of one subject, the gravest first. */
export function alertsOf<T extends Ranked & Pick<Alert, "muted_until" | "subject">>(
  alerts: readonly T[],
  subject: string,
): T[] {
  return inboxOrder(unmuted(alerts).filter((alert) => alert.subject === subject));
}

/** A name from the code as words: `band_width` is "Band width". */
export function asWords(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
