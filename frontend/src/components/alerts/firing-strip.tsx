/** What is wrong with a symbol now, in one line: the gravest alert, and how many more. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { firingQuery } from "@/api/alerts";
import { Badge } from "@/components/ui/badge";
import { alertsOf } from "@/lib/alerts";
import { useKindName } from "./kind";
import { severityLooks } from "./severity";

export function FiringStrip({ subject }: { subject: string }) {
  const { t } = useTranslation();
  const kindName = useKindName();
  const { data } = useQuery(firingQuery);
  const alerts = alertsOf(data?.items ?? [], subject);
  const [gravest] = alerts;
  if (!gravest) return null;
  const { tone, Icon } = severityLooks[gravest.severity];
  return (
    <Link
      to="/alerts"
      search={{ state: "firing", subject }}
      title={gravest.summary}
      data-testid="firing-strip"
      className="rounded-md hover:brightness-95"
    >
      <Badge tone={tone} icon={<Icon aria-hidden />}>
        {t(`severity.${gravest.severity}`)}: {kindName(gravest.kind)}
        {alerts.length > 1 && ` ${t("alerts.more", { count: alerts.length - 1 })}`}
      </Badge>
    </Link>
  );
}
