/** How far the forecast's model can be trusted, in one sentence. */
import { skipToken, useQuery } from "@tanstack/react-query";
import { Check, Equal, Scale, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { modelQuery } from "@/api/models";
import type { ShownForecast } from "@/api/predictions";
import { useVerdictText } from "@/components/ui/verdict";
import { modelVerdict, skillVerdict, type Verdict } from "@/lib/skill";

/** A forecast made just now brings its record with it; one read back gets it from its model. */
function useVerdict(forecast: ShownForecast): Verdict | null {
  const carried = "skill" in forecast ? forecast.skill : null;
  const asked = !carried && forecast.model_id !== null ? modelQuery(forecast.model_id) : null;
  const { data } = useQuery({
    queryKey: asked?.queryKey ?? ["models", "none"],
    queryFn: asked?.queryFn ?? skipToken,
    staleTime: 60_000,
  });
  if (carried) return skillVerdict(forecast.model_type, carried);
  return data ? modelVerdict(data, forecast.horizon) : null;
}

const icons = { better: Check, worse: TriangleAlert, notBetter: Equal, unproven: Equal, naive: Scale } as const;
const colors = {
  better: "text-up",
  worse: "text-down",
  notBetter: "text-ink",
  unproven: "text-ink",
  naive: "text-ink",
};

export function SkillWords({ forecast }: { forecast: ShownForecast }) {
  const { t } = useTranslation();
  const text = useVerdictText();
  const verdict = useVerdict(forecast);
  if (!verdict) return null;
  const Icon = icons[verdict.kind];
  return (
    <div>
      <p data-testid="verdict" className={`flex gap-2 text-sm font-medium ${colors[verdict.kind]}`}>
        <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
        {text(verdict)}
      </p>
      <p className="mt-1 pl-6 text-xs text-muted">{t("verdict.how")}</p>
    </div>
  );
}
