/** What is held, how fresh and how whole it is, what was refused, and how to get more. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Database } from "lucide-react";
import { useTranslation } from "react-i18next";
import { datasetsQuery } from "@/api/datasets";
import { Card } from "@/components/ui/card";
import { Page } from "@/components/ui/page";
import { SkeletonLines } from "@/components/ui/skeleton";
import { EmptyState, ErrorState } from "@/components/ui/state";
import { DatasetTable } from "./dataset-table";
import { IngestCard } from "./ingest-card";
import { QuarantineCard } from "./quarantine-card";
import { SimulationCard } from "./simulation-card";

const route = getRouteApi("/data");

function Held() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(datasetsQuery);
  return (
    <Card title={t("data.held")} bodyClassName="pb-1">
      {error && (
        <div className="px-4 pb-3">
          <ErrorState error={error} onRetry={() => void refetch()} />
        </div>
      )}
      {!error && !data && <SkeletonLines lines={6} className="px-4 pb-3" />}
      {data && data.length === 0 && (
        <EmptyState icon={<Database />} title={t("data.empty")}>
          <p>{t("data.emptyNext")}</p>
        </EmptyState>
      )}
      {data && data.length > 0 && <DatasetTable datasets={data} />}
    </Card>
  );
}

export function DataPage() {
  const { t } = useTranslation();
  const { ticker, ingest } = route.useSearch();
  return (
    <Page title={t("data.title")} intro={t("data.intro")}>
      <Held />
      <div className="grid items-start gap-4 xl:grid-cols-[24rem_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <IngestCard key={ingest ?? ""} initial={ingest} />
          <SimulationCard />
        </div>
        <QuarantineCard ticker={ticker} />
      </div>
    </Page>
  );
}
