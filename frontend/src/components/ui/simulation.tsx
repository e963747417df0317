/** A simulated market says so wherever it shows. */
import { FastForward } from "lucide-react";
import { useTranslation } from "react-i18next";
import { isSimulated } from "@/lib/symbols";
import { Badge } from "./badge";

export function SimulationBadge() {
  const { t } = useTranslation();
  return (
    <Badge tone="accent" icon={<FastForward aria-hidden />}>
      {t("source.simulation")}
    </Badge>
  );
}

/** The label of a simulated symbol; nothing for any other. */
export function SimulationTag({ ticker }: { ticker: string | null }) {
  return ticker !== null && isSimulated(ticker) ? <SimulationBadge /> : null;
}
