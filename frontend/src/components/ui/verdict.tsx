/** A model's record against naive in one sentence. */
import { Check, Equal, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useLocale } from "@/i18n";
import { formatNumber, formatPValue } from "@/lib/format";
import type { Verdict } from "@/lib/skill";
import { Badge, type Tone } from "./badge";

const looks: Record<Verdict["kind"], { tone: Tone; Icon: typeof Check }> = {
  better: { tone: "good", Icon: Check },
  worse: { tone: "bad", Icon: TriangleAlert },
  notBetter: { tone: "neutral", Icon: Equal },
  unproven: { tone: "neutral", Icon: Equal },
  naive: { tone: "neutral", Icon: Equal },
};

export function useVerdictText(): (verdict: Verdict) => string {
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
