/** The inbox's state, as its URL holds it. */
import type { AlertSeverity, AlertState } from "@/api/types";
import { SEVERITIES } from "@/lib/alerts";
import { compact, oneOf, type RawSearch, wholeNumber } from "@/lib/search";

export const ALERT_STATES = ["firing", "resolved"] as const satisfies AlertState[];

export interface AlertsSearch {
  /** Both, when left out. */
  state?: AlertState;
  severity?: AlertSeverity;
  /** The ticker or service that it is about. */
  subject?: string;
  offset?: number;
}

const SUBJECT = /^[A-Za-z0-9^._=-]{1,64}$/;

function subject(value: unknown): string | undefined {
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  return SUBJECT.test(text) ? text : undefined;
}

export function parseAlertsSearch(search: RawSearch): AlertsSearch {
  return compact({
    state: oneOf(search.state, ALERT_STATES),
    severity: oneOf(search.severity, SEVERITIES),
    subject: subject(search.subject),
    offset: wholeNumber(search.offset, 1, 1_000_000),
  });
}
