/** One alert: what is wrong with whom, how that is known, since when, and what can be done about it. */
import { BellOff, CircleCheck, UserCheck } from "lucide-react";
import { type ReactNode, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Alert } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { SymbolLink } from "@/components/ui/symbol-link";
import { Age, Instant } from "@/components/ui/time";
import { AlertActions } from "./alert-actions";
import { Evidence } from "./evidence";
import { useKindName } from "./kind";
import { SeverityBadge } from "./severity";

/** A ticker leads to its page; a service has none. */
function Subject({ alert, isSymbol }: { alert: Alert; isSymbol: boolean }) {
  return isSymbol ? <SymbolLink ticker={alert.subject} /> : <span className="font-semibold">{alert.subject}</span>;
}

function Moment({ label, children }: { label: string; children: ReactNode }) {
  return (
    <span className="whitespace-nowrap">
      {label} {children}
    </span>
  );
}

function Times({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  return (
    <p className="flex flex-wrap gap-x-4 gap-y-0.5 text-xs text-muted">
      <Moment label={t("alerts.first")}>
        <Instant at={alert.first_seen} />
      </Moment>
      <Moment label={t("alerts.last")}>
        <Age at={alert.last_seen} />
      </Moment>
      <span>{t("alerts.times", { count: alert.count })}</span>
      {alert.resolved_at && (
        <Moment label={t("alerts.ended")}>
          <Age at={alert.resolved_at} />
        </Moment>
      )}
    </p>
  );
}

function Standing({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  return (
    <>
      {alert.state === "resolved" && (
        <Badge tone="good" icon={<CircleCheck aria-hidden />}>
          {t("alerts.resolved")}
        </Badge>
      )}
      {alert.acknowledged_by && (
        <Badge icon={<UserCheck aria-hidden />}>{t("alerts.by", { actor: alert.acknowledged_by })}</Badge>
      )}
      {alert.muted_until && (
        <Badge icon={<BellOff aria-hidden />}>
          {t("alerts.mutedUntil")} <Instant at={alert.muted_until} />
        </Badge>
      )}
    </>
  );
}

export function AlertItem({ alert, isSymbol }: { alert: Alert; isSymbol: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  const kindName = useKindName();
  return (
    <li className="border-t border-line first:border-t-0">
      <article aria-labelledby={id} className="flex flex-col gap-2 px-4 py-3.5">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1.5">
          <SeverityBadge severity={alert.severity} />
          <h3 id={id} ref={heading} tabIndex={-1} className="flex flex-wrap items-center gap-x-2 rounded text-sm">
            <Subject alert={alert} isSymbol={isSymbol} />
            <span className="font-medium">{kindName(alert.kind)}</span>
          </h3>
          <Standing alert={alert} />
        </div>
        <p className="max-w-[90ch] text-sm break-words">{alert.summary}</p>
        <Evidence evidence={alert.evidence} />
        <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
          <Times alert={alert} />
          <AlertActions alert={alert} onDone={() => heading.current?.focus()} />
        </div>
      </article>
    </li>
  );
}
