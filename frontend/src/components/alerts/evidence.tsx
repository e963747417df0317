/** The numbers that a trouble was found by. */
import { useTranslation } from "react-i18next";
import type { Alert } from "@/api/types";
import { useLocale } from "@/i18n";
import { asWords } from "@/lib/alerts";
import { formatSignificant } from "@/lib/format";

type Fact = Alert["evidence"][string];

function useFactText(): (fact: Fact) => string {
  const { t } = useTranslation();
  const locale = useLocale();
  return (fact) => {
    if (fact === null) return "–";
    if (typeof fact === "boolean") return t(fact ? "alerts.yes" : "alerts.no");
    return typeof fact === "number" ? formatSignificant(fact, locale) : fact;
  };
}

export function Evidence({ evidence }: { evidence: Alert["evidence"] }) {
  const text = useFactText();
  const facts = Object.entries(evidence);
  if (!facts.length) return null;
  return (
    <dl className="flex flex-wrap gap-x-5 gap-y-1 text-xs">
      {facts.map(([name, fact]) => (
        <div key={name} className="flex min-w-0 gap-1.5">
          <dt className="text-muted">{asWords(name)}</dt>
          <dd className="min-w-0 font-medium break-words tabular-nums">{text(fact)}</dd>
        </div>
      ))}
    </dl>
  );
}
