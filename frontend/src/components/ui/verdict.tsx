/** A model's record against naive in one sentence. */
import { clsx } from "clsx";
import { Check, Equal, Scale, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ModelSummary } from "@/api/types";
import { useLocale } from "@/i18n";
import { GRADED } from "@/lib/evidence";
import { formatNumber, formatPValue } from "@/lib/format";
import { modelVerdict, type Verdict } from "@/lib/skill";
import { Badge, type Tone } from "./badge";

const looks: Record<Verdict["kind"], { tone: Tone; Icon: typeof Check; className: string }> = {
  better: { tone: "good", Icon: Check, className: "text-up" },
  worse: { tone: "bad", Icon: TriangleAlert, className: "text-down" },
  notBetter: { tone: "neutral", Icon: Equal, className: "text-ink" },
  unproven: { tone: "neutral", Icon: Equal, className: "text-ink" },
  naive: { tone: "neutral", Icon: Scale, className: "text-ink" },
};

function useVerdictText(): (verdict: Verdict) => string {
  const { t } = useTranslation();
  const locale = useLocale();
  return ({ kind, skill, pValue, sessions }) =>
    t(`verdict.${kind}`, {
      p: formatPValue(pValue, locale),
      skill: formatNumber(skill * 100, locale, 1),
      sessions: formatNumber(sessions, locale),
    });
}

export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  const { t } = useTranslation();
  const text = useVerdictText();
  const { tone, Icon } = looks[verdict.kind];
  return (
    <Badge tone={tone} icon={<Icon aria-hidden />} title={text(verdict)}>
      {t(`verdictShort.${verdict.kind}`)}
    </Badge>
  );
}

/** One sentence with the icon of its kind. */
export function VerdictSentence({ verdict, className }: { verdict: Verdict; className?: string }) {
  const text = useVerdictText();
  const { Icon, className: color } = looks[verdict.kind];
  return (
    <span className={clsx("flex gap-2", color, className)}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      {text(verdict)}
    </span>
  );
}

/** A model's record at each graded horizon; where it has none, that is said. */
export function VerdictLines({ model }: { model: Pick<ModelSummary, "model_type" | "metrics"> }) {
  const { t } = useTranslation();
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 text-[13px]">
      {GRADED.map((horizon) => {
        const verdict = modelVerdict(model, horizon);
        return (
          <div key={horizon} className="contents">
            <dt className="whitespace-nowrap text-muted">{t("model.sessionsAhead", { count: horizon })}</dt>
            <dd className="min-w-0 font-medium">
              {verdict ? (
                <VerdictSentence verdict={verdict} />
              ) : (
                <span className="text-muted">{t("model.notRecorded")}</span>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
