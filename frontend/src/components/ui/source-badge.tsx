/** Where prices come from. Sample data and a simulated market say so in plain sight. */
import { FastForward, FlaskConical, RadioTower } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Dataset } from "@/api/types";
import { useLocale } from "@/i18n";
import { formatSession } from "@/lib/format";
import { Badge } from "./badge";
import { SimulationBadge } from "./simulation";

const SIMULATION = "simulation";

export function SourceBadge({ dataset }: { dataset: Pick<Dataset, "sample" | "source"> }) {
  const { t } = useTranslation();
  if (dataset.sample) {
    return (
      <Badge tone="warn" icon={<FlaskConical aria-hidden />}>
        {t("source.sample")}
      </Badge>
    );
  }
  if (dataset.source === SIMULATION) return <SimulationBadge />;
  return <Badge icon={<RadioTower aria-hidden />}>{t("source.named", { source: dataset.source })}</Badge>;
}

function SimulationNotice() {
  const { t } = useTranslation();
  return (
    <p
      data-testid="simulation-notice"
      className="flex items-center gap-2 rounded-lg bg-accent-soft px-3 py-2 text-[13px] text-accent"
    >
      <FastForward aria-hidden className="size-4 shrink-0" />
      <span>{t("source.simulationNotice")}</span>
    </p>
  );
}

/** Says that this is not today's market, where it is not. */
export function SourceNotice({ dataset }: { dataset: Pick<Dataset, "sample" | "source" | "end_date"> }) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (dataset.source === SIMULATION) return <SimulationNotice />;
  if (!dataset.sample) return null;
  return (
    <p
      data-testid="sample-notice"
      className="flex items-center gap-2 rounded-lg border border-warn-line bg-warn-soft px-3 py-2 text-[13px] text-warn"
    >
      <FlaskConical aria-hidden className="size-4 shrink-0" />
      <span>{t("source.sampleNotice", { date: formatSession(dataset.end_date, locale) })}</span>
    </p>
  );
}
