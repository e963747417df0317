/** How far the forecast's model can be trusted, in one sentence a horizon. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { ShownForecast } from "@/api/predictions";
import { VerdictLines } from "@/components/ui/verdict";
import { useForecastModel } from "./use-forecast-model";

export function SkillWords({ forecast }: { forecast: ShownForecast }) {
  const { t } = useTranslation();
  const model = useForecastModel(forecast);
  if (!model) return null;
  return (
    <section aria-label={t("models.verdict")} data-testid="verdict" className="flex flex-col gap-1.5">
      <VerdictLines model={model} />
      <p className="text-xs text-muted">
        {t("verdict.how")}{" "}
        <Link to="/models/$modelId" params={{ modelId: model.model_id }} className="text-accent underline">
          {t("train.seeModel")}
        </Link>
      </p>
    </section>
  );
}
