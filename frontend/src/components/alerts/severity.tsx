/** How grave an alert is: an icon and a word, with the colour as a third sign. */
import { Info, OctagonAlert, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { AlertSeverity } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/badge";

export const severityLooks: Record<AlertSeverity, { tone: Tone; Icon: typeof Info }> = {
  critical: { tone: "bad", Icon: OctagonAlert },
  warning: { tone: "warn", Icon: TriangleAlert },
  info: { tone: "neutral", Icon: Info },
};

export function SeverityBadge({ severity }: { severity: AlertSeverity }) {
  const { t } = useTranslation();
  const { tone, Icon } = severityLooks[severity];
  return (
    <Badge tone={tone} icon={<Icon aria-hidden />}>
      {t(`severity.${severity}`)}
    </Badge>
  );
}
