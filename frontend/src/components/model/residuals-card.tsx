/** How far the forecasts were off through the years. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ProblemError } from "@/api/client";
import { residualsQuery } from "@/api/models";
import type { ModelDetail, ResidualMonth } from "@/api/types";
import { Legend } from "@/charts/plot/legend";
import { type Area, type Line, LinePlot } from "@/charts/plot/line-plot";
import { TableTwin } from "@/charts/plot/twin";
import { Card } from "@/components/ui/card";
import { HorizonChoice } from "@/components/ui/horizon-choice";
import { type Numbers, useNumbers } from "@/components/ui/numbers";
import { SkeletonLines } from "@/components/ui/skeleton";
import { ErrorState } from "@/components/ui/state";
import { Table, Td, Th } from "@/components/ui/table";
import { useLocale } from "@/i18n";
import type { Graded } from "@/lib/evidence";
import { formatMonth } from "@/lib/format";
import { NotRecorded } from "./not-recorded";

interface PlotsProps {
  months: ResidualMonth[];
  numbers: Numbers;
}

function ErrorPlot({ months, numbers }: PlotsProps) {
  const { t } = useTranslation();
  const [mean, span] = [t("model.residualMean"), t("model.residualSpan")];
  const lines = useMemo<Line[]>(
    () => [{ name: mean, look: "model", points: months.map((each) => ({ at: each.month, value: each.mean })) }],
    [months, mean],
  );
  const area = useMemo<Area>(
    () => ({ look: "model", points: months.map(({ month, lower, upper }) => ({ at: month, lower, upper })) }),
    [months],
  );
  return (
    <div className="flex flex-col gap-2">
      <Legend items={[{ look: "model", name: `${mean}; ${span}` }]} />
      <LinePlot
        label={t("model.residualsPicture")}
        lines={lines}
        area={area}
        level={0}
        formatValue={(value) => numbers.share(value)}
      />
    </div>
  );
}

function MaePlot({ months, numbers }: PlotsProps) {
  const { t } = useTranslation();
  const [own, naive] = [t("models.model"), t("forecast.naive")];
  const lines = useMemo<Line[]>(
    () => [
      { name: own, look: "model", points: months.map((each) => ({ at: each.month, value: each.mae })) },
      { name: naive, look: "naive", points: months.map((each) => ({ at: each.month, value: each.naive_mae })) },
    ],
    [months, own, naive],
  );
  return (
    <div className="flex flex-col gap-2">
      <Legend items={lines} />
      <LinePlot
        label={t("model.maePicture")}
        lines={lines}
        height={180}
        formatValue={(value) => numbers.share(value)}
      />
    </div>
  );
}

function ResidualsTable({ months, numbers }: PlotsProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { number, signed, share } = numbers;
  return (
    <Table label={t("model.residuals")} className="max-h-80 overflow-y-auto rounded-lg border border-line">
      <thead className="sticky top-0 bg-surface">
        <tr>
          <Th>{t("model.month")}</Th>
          <Th numeric>{t("models.sessions")}</Th>
          <Th numeric>{t("model.residualMean")}</Th>
          <Th numeric>{t("model.residualLower")}</Th>
          <Th numeric>{t("model.residualUpper")}</Th>
          <Th numeric>{t("models.maeShort")}</Th>
          <Th numeric>{t("models.naiveMae")}</Th>
        </tr>
      </thead>
      <tbody>
        {months.map((each) => (
          <tr key={each.month}>
            <Td className="whitespace-nowrap">{formatMonth(each.month, locale)}</Td>
            <Td numeric>{number(each.sessions)}</Td>
            <Td numeric>{signed(each.mean, 3)}</Td>
            <Td numeric>{signed(each.lower)}</Td>
            <Td numeric>{signed(each.upper)}</Td>
            <Td numeric>{share(each.mae, 3)}</Td>
            <Td numeric>{share(each.naive_mae, 3)}</Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

interface ResidualsCardProps {
  model: ModelDetail;
  horizon: Graded;
  onHorizon: (horizon: Graded) => void;
}

export function ResidualsCard({ model, horizon, onHorizon }: ResidualsCardProps) {
  const { t } = useTranslation();
  const numbers = useNumbers();
  const { data, error, refetch } = useQuery(residualsQuery(model.model_id, horizon));
  const missing = error instanceof ProblemError && error.status === 404;
  return (
    <Card
      title={t("model.residuals")}
      action={<HorizonChoice value={horizon} onChange={onHorizon} />}
      bodyClassName="px-4 pb-4 flex flex-col gap-4"
    >
      {missing && <NotRecorded />}
      {error && !missing && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!error && !data && <SkeletonLines lines={8} />}
      {data && (
        <>
          <ErrorPlot months={data.months} numbers={numbers} />
          <MaePlot months={data.months} numbers={numbers} />
          <TableTwin>
            <ResidualsTable months={data.months} numbers={numbers} />
          </TableTwin>
        </>
      )}
    </Card>
  );
}
