/** The registry: every model beside naive, which one serves, and who moved it. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Boxes } from "lucide-react";
import { useTranslation } from "react-i18next";
import { datasetsQuery } from "@/api/datasets";
import { modelsQuery } from "@/api/models";
import { buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Select } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { Pager } from "@/components/ui/pager";
import { SkeletonLines } from "@/components/ui/skeleton";
import { EmptyState, ErrorState } from "@/components/ui/state";
import { compact } from "@/lib/search";
import { LedgerCard } from "./ledger-card";
import { ModelTable } from "./model-table";
import { PolicyChoice } from "./policy-choice";
import { RollbackButton } from "./rollback-button";
import type { ModelsSearch } from "./search";

const PAGE = 25;
const route = getRouteApi("/models/");

function TickerFilter({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (ticker: string | undefined) => void;
}) {
  const { t } = useTranslation();
  const { data: datasets = [] } = useQuery(datasetsQuery);
  return (
    <Select
      aria-label={t("data.symbol")}
      className="w-auto!"
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value || undefined)}
    >
      <option value="">{t("models.anyTicker")}</option>
      {datasets.map(({ ticker }) => (
        <option key={ticker} value={ticker}>
          {ticker}
        </option>
      ))}
    </Select>
  );
}

function NoModels() {
  const { t } = useTranslation();
  return (
    <EmptyState icon={<Boxes />} title={t("models.empty")}>
      <p>{t("models.emptyNext")}</p>
      <Link to="/symbols" className={buttonClass("primary")}>
        {t("models.goTrain")}
      </Link>
    </EmptyState>
  );
}

export function ModelsPage() {
  const { t } = useTranslation();
  const { ticker, offset = 0 } = route.useSearch();
  const navigate = route.useNavigate();
  const change = (part: { [K in keyof ModelsSearch]: ModelsSearch[K] | undefined }) =>
    void navigate({ search: (old) => compact({ ...old, ...part }) as ModelsSearch, replace: true, resetScroll: false });
  const { data, error, refetch } = useQuery(modelsQuery(ticker, PAGE, offset));
  return (
    <Page
      title={t("models.title")}
      intro={t("models.intro")}
      action={
        <div className="flex flex-wrap items-center gap-2">
          {ticker && <PolicyChoice ticker={ticker} />}
          <TickerFilter value={ticker} onChange={(next) => change({ ticker: next, offset: undefined })} />
          {ticker && <RollbackButton ticker={ticker} />}
        </div>
      }
    >
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!error && !data && <SkeletonLines lines={8} />}
      {data && data.items.length === 0 && <NoModels />}
      {data && data.items.length > 0 && (
        <Card
          title={t("models.registry")}
          bodyClassName="pb-1"
          action={<Pager page={data} size={PAGE} onMove={(next) => change({ offset: next || undefined })} />}
        >
          <ModelTable models={data.items} />
        </Card>
      )}
      <LedgerCard ticker={ticker} />
    </Page>
  );
}
