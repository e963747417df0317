/** The inbox: what is wrong now, what was, and who takes care of it. It keeps itself up to date. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { BellRing, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { alertsQuery } from "@/api/alerts";
import { datasetsQuery } from "@/api/datasets";
import type { Alert } from "@/api/types";
import { Button, buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Input, Select } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { Pager } from "@/components/ui/pager";
import { Segmented } from "@/components/ui/segmented";
import { SkeletonLines } from "@/components/ui/skeleton";
import { EmptyState, ErrorState } from "@/components/ui/state";
import { MAX_NAME, useActor } from "@/lib/actor";
import { inboxOrder, SEVERITIES } from "@/lib/alerts";
import { compact, oneOf } from "@/lib/search";
import { AlertItem } from "./alert-item";
import { ALERT_STATES, type AlertsSearch } from "./search";

const PAGE = 50;
const route = getRouteApi("/alerts");

type Change = { [K in keyof AlertsSearch]: AlertsSearch[K] | undefined };

interface FilterProps {
  search: AlertsSearch;
  change: (part: Change) => void;
}

function StateFilter({ search, change }: FilterProps) {
  const { t } = useTranslation();
  return (
    <Segmented
      label={t("alerts.state")}
      value={search.state ?? "all"}
      options={[
        { value: "all", label: t("alerts.all") },
        { value: "firing", label: t("alerts.firing") },
        { value: "resolved", label: t("alerts.resolved") },
      ]}
      onChange={(next) => change({ state: oneOf(next, ALERT_STATES), offset: undefined })}
    />
  );
}

function SeverityFilter({ search, change }: FilterProps) {
  const { t } = useTranslation();
  return (
    <Select
      aria-label={t("alerts.severity")}
      className="w-auto!"
      value={search.severity ?? ""}
      onChange={(event) => change({ severity: oneOf(event.target.value, SEVERITIES), offset: undefined })}
    >
      <option value="">{t("alerts.anySeverity")}</option>
      {SEVERITIES.map((severity) => (
        <option key={severity} value={severity}>
          {t(`severity.${severity}`)}
        </option>
      ))}
    </Select>
  );
}

function SubjectFilter({ search, change }: FilterProps) {
  const { t } = useTranslation();
  const { subject } = search;
  if (!subject) return null;
  return (
    <Button
      size="sm"
      aria-label={t("alerts.everySubject", { subject })}
      onClick={() => change({ subject: undefined, offset: undefined })}
    >
      {subject}
      <X aria-hidden className="size-3.5" />
    </Button>
  );
}

function SignedAs() {
  const { t } = useTranslation();
  const [name, setName] = useActor();
  return (
    <Input
      aria-label={t("alerts.name")}
      placeholder={t("alerts.name")}
      title={t("alerts.nameHow")}
      className="w-36!"
      autoComplete="name"
      maxLength={MAX_NAME}
      value={name}
      onChange={(event) => setName(event.target.value)}
    />
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  const { t } = useTranslation();
  if (filtered) {
    return (
      <EmptyState icon={<BellRing />} title={t("alerts.noMatch")}>
        <Link to="/alerts" className={buttonClass()}>
          {t("alerts.showAll")}
        </Link>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<BellRing />} title={t("alerts.none")}>
      <p>{t("alerts.watched")}</p>
    </EmptyState>
  );
}

function Group({ title, alerts }: { title: string; alerts: Alert[] }) {
  const { data: datasets = [] } = useQuery(datasetsQuery);
  const symbols = new Set(datasets.map(({ ticker }) => ticker));
  if (!alerts.length) return null;
  return (
    <Card title={title} bodyClassName="pb-1">
      <ul className="border-t border-line">
        {alerts.map((alert) => (
          <AlertItem key={alert.id} alert={alert} isSymbol={symbols.has(alert.subject)} />
        ))}
      </ul>
    </Card>
  );
}

export function AlertsPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const { offset = 0, ...filter } = search;
  const navigate = route.useNavigate();
  const change = (part: Change) =>
    void navigate({ search: (old) => compact({ ...old, ...part }) as AlertsSearch, replace: true, resetScroll: false });
  const { data, error, refetch } = useQuery(alertsQuery(filter, PAGE, offset));
  const alerts = inboxOrder(data?.items ?? []);
  const filters = { search, change };
  return (
    <Page
      title={t("alerts.title")}
      intro={t("alerts.intro")}
      action={
        <div className="flex flex-wrap items-center gap-2">
          <SubjectFilter {...filters} />
          <StateFilter {...filters} />
          <SeverityFilter {...filters} />
          <SignedAs />
        </div>
      }
    >
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!error && !data && <SkeletonLines lines={8} />}
      {data && data.items.length === 0 && <Nothing filtered={Object.keys(search).length > 0} />}
      <Group title={t("alerts.firing")} alerts={alerts.filter(({ state }) => state === "firing")} />
      <Group title={t("alerts.resolved")} alerts={alerts.filter(({ state }) => state === "resolved")} />
      {data && <Pager page={data} size={PAGE} onMove={(next) => change({ offset: next || undefined })} />}
    </Page>
  );
}
