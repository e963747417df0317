/** The newest drift check in words: over which sessions, against what, how sure. */
import { CircleCheck, CircleHelp, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { DriftCheck } from "@/api/types";
import { useNumbers } from "@/components/ui/numbers";
import { Session } from "@/components/ui/time";
import { type ConceptFinding, conceptFinding, type FeatureFinding, featureFinding } from "@/lib/drift";
import { oneOf } from "@/lib/search";

const looks = {
  drifted: { Icon: TriangleAlert, className: "text-warn" },
  steady: { Icon: CircleCheck, className: "text-up" },
  unchecked: { Icon: CircleHelp, className: "text-muted" },
} as const;

const REASONS = [
  "not enough sessions yet",
  "no served forecast has an outcome yet",
  "no change is served: it can't err more than itself",
] as const;

const REASON_WORDS = {
  "not enough sessions yet": "drift.tooFew",
  "no served forecast has an outcome yet": "drift.noOutcome",
  "no change is served: it can't err more than itself": "drift.naiveServes",
} as const;

/** Why there was nothing to check, as far as this page knows the reason by another name. */
export function useReason(): (reason: string | null) => string {
  const { t } = useTranslation();
  return (reason) => {
    const known = oneOf(reason, REASONS);
    return known ? t(REASON_WORDS[known]) : (reason ?? t("model.notRecorded"));
  };
}

function lookOf(finding: FeatureFinding | ConceptFinding): keyof typeof looks {
  if (!finding.checked) return "unchecked";
  return finding.drifted ? "drifted" : "steady";
}

function Line({ look, children }: { look: keyof typeof looks; children: ReactNode }) {
  const { Icon, className } = looks[look];
  return (
    <li className="flex gap-2">
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${className}`} />
      <div className="min-w-0">{children}</div>
    </li>
  );
}

function Features({ check }: { check: DriftCheck }) {
  const { t } = useTranslation();
  const reason = useReason();
  const { share } = useNumbers();
  const finding = featureFinding(check);
  const words = { drifted: "drift.featuresDrifted", steady: "drift.featuresSteady" } as const;
  const look = lookOf(finding);
  if (look === "unchecked") {
    return (
      <Line look={look}>{t("drift.featuresUnchecked", { reason: finding.checked ? "" : reason(finding.reason) })}</Line>
    );
  }
  return (
    <Line look={look}>
      <p className="font-medium">{t(words[look])}</p>
      <p className="text-muted">{t("drift.featuresRate", { rate: share(check.false_alarm_rate) })}</p>
    </Line>
  );
}

function Errors({ check }: { check: DriftCheck }) {
  const { t } = useTranslation();
  const reason = useReason();
  const { number, share } = useNumbers();
  const finding = conceptFinding(check);
  if (!finding.checked) {
    return <Line look="unchecked">{t("drift.errorsUnchecked", { reason: reason(finding.reason) })}</Line>;
  }
  return (
    <Line look={lookOf(finding)}>
      <p className="font-medium">
        {t(finding.drifted ? "drift.errorsDrifted" : "drift.errorsSteady", { count: finding.sessions })}
      </p>
      <p className="text-muted">
        {t("drift.errorsHow", {
          statistic: number(finding.statistic, 2),
          threshold: number(finding.threshold, 2),
          live: number(finding.liveRatio, 3),
          record: number(finding.recordRatio, 3),
          rate: share(finding.falseAlarmRate),
        })}
      </p>
    </Line>
  );
}

export function DriftVerdict({ check }: { check: DriftCheck }) {
  const { t } = useTranslation();
  const { number } = useNumbers();
  return (
    <div data-testid="drift-verdict" className="flex flex-col gap-2 text-[13px]">
      <p className="text-muted">
        {t("drift.compared", {
          sessions: number(check.sessions),
          reference: number(check.reference_sessions),
          model: check.model_id,
        })}{" "}
        <Session session={check.first_session} /> – <Session session={check.last_session} />
      </p>
      <ul className="flex flex-col gap-2">
        <Features check={check} />
        <Errors check={check} />
      </ul>
    </div>
  );
}
