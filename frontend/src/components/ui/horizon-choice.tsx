import { useTranslation } from "react-i18next";
import { Segmented } from "@/components/ui/segmented";
import { GRADED, type Graded } from "@/lib/evidence";

interface HorizonChoiceProps {
  value: Graded;
  onChange: (horizon: Graded) => void;
}

export function HorizonChoice({ value, onChange }: HorizonChoiceProps) {
  const { t } = useTranslation();
  return (
    <Segmented
      label={t("models.horizon")}
      value={String(value)}
      options={GRADED.map((horizon) => ({
        value: String(horizon),
        label: t("model.sessionsAhead", { count: horizon }),
      }))}
      onChange={(next) => onChange(GRADED.find((horizon) => String(horizon) === next) ?? 1)}
    />
  );
}
