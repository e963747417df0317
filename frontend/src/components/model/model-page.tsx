/** One model whole: what it was made from, how it was measured, how far it can be trusted. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { modelQuery } from "@/api/models";
import type { ModelDetail } from "@/api/types";
import { DecisionList } from "@/components/models/decision-list";
import { RoleList } from "@/components/models/role-list";
import { Card } from "@/components/ui/card";
import { Json } from "@/components/ui/json";
import { SkeletonLines } from "@/components/ui/skeleton";
import { ErrorState } from "@/components/ui/state";
import type { Graded } from "@/lib/evidence";
import { BaselinesCard } from "./baselines-card";
import { CalibrationCard } from "./calibration-card";
import { EnvironmentCard } from "./environment-card";
import { FoldsCard } from "./folds-card";
import { HorizonTable } from "./horizon-table";
import { ImportanceCard } from "./importance-card";
import { LeakCard } from "./leak-card";
import { LimitsCard } from "./limits-card";
import { LongFlatCard } from "./long-flat-card";
import { ModelHeading } from "./model-heading";
import { OriginCard } from "./origin-card";
import { ReproduceCard } from "./reproduce-card";
import { ResidualsCard } from "./residuals-card";
import { SlicesCard } from "./slices-card";
import { TriggerCard } from "./trigger-card";

const route = getRouteApi("/models/$modelId");

function Record({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const { horizon = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const choose = (next: Graded) =>
    void navigate({ search: next === 1 ? {} : { horizon: next }, replace: true, resetScroll: false });
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <BaselinesCard model={model} />
      <CalibrationCard model={model} />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_23rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <FoldsCard model={model} />
          <ResidualsCard model={model} horizon={horizon} onHorizon={choose} />
          <LongFlatCard model={model} />
          <Card title={t("model.everyHorizon")}>
            <HorizonTable model={model} />
          </Card>
          <LimitsCard model={model} />
          <Card title={t("model.asRecorded")} bodyClassName="px-4 pb-4 flex flex-col gap-3">
            <Json title={t("models.params")} value={model.params} />
            <Json title={t("models.evidence")} value={model.evidence} />
          </Card>
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <TriggerCard model={model} />
          <Card title={t("models.role")}>
            <RoleList model={model} />
          </Card>
          <Card title={t("decision.title")}>
            <DecisionList model={model} />
          </Card>
          <LeakCard model={model} />
          <ImportanceCard model={model} />
          <OriginCard model={model} />
          <ReproduceCard model={model} />
          <EnvironmentCard model={model} />
        </div>
      </div>
      <SlicesCard model={model} horizon={horizon} onHorizon={choose} />
    </div>
  );
}

export function ModelPage({ modelId }: { modelId: number }) {
  const { data: model, error, refetch } = useQuery(modelQuery(modelId));
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!model) return <SkeletonLines lines={8} />;
  return (
    <div className="flex flex-col gap-5">
      <ModelHeading model={model} />
      <Record model={model} />
    </div>
  );
}
