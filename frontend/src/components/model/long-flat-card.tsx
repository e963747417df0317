/** A toy after costs: hold the stock while a rise is forecast. No advice. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ModelDetail } from "@/api/types";
import { Legend } from "@/charts/plot/legend";
import { type Line, LinePlot } from "@/charts/plot/line-plot";
import { TableTwin } from "@/charts/plot/twin";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { type Numbers, useNumbers } from "@/components/ui/numbers";
import { Table, Td, Th } from "@/components/ui/table";
import { Session } from "@/components/ui/time";
import { type LongFlat, longFlat } from "@/lib/evidence";
import { thinned } from "@/lib/running-skill";
import { NotRecorded } from "./not-recorded";

const TABLE_ROWS = 50;

function CurveTable({ toy, numbers }: { toy: LongFlat; numbers: Numbers }) {
  const { t } = useTranslation();
  return (
    <Table label={t("toy.title")} className="max-h-80 overflow-y-auto rounded-lg border border-line">
      <thead className="sticky top-0 bg-surface">
        <tr>
          <Th>{t("bar.session")}</Th>
          <Th numeric>{t("toy.longFlat")}</Th>
          <Th numeric>{t("toy.hold")}</Th>
        </tr>
      </thead>
      <tbody>
        {thinned(toy.curve, TABLE_ROWS).map((point) => (
          <tr key={point.at}>
            <Td className="h-8">
              <Session session={point.at} />
            </Td>
            <Td numeric className="h-8">
              {numbers.number(point.value, 2)}
            </Td>
            <Td numeric className="h-8">
              {numbers.number(point.held, 2)}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Toy({ toy }: { toy: LongFlat }) {
  const { t } = useTranslation();
  const numbers = useNumbers();
  const [own, hold] = [t("toy.longFlat"), t("toy.hold")];
  const lines = useMemo<Line[]>(
    () => [
      { name: own, look: "model", points: toy.curve },
      { name: hold, look: "naive", points: toy.curve.map(({ at, held }) => ({ at, value: held })) },
    ],
    [own, hold, toy],
  );
  return (
    <>
      <p className="text-[13px]">
        {t("toy.outcome", {
          value: numbers.number(toy.value, 2),
          held: numbers.number(toy.held, 2),
          invested: numbers.share(toy.invested, 0),
          switches: numbers.number(toy.switches),
          cost: numbers.share(toy.cost, 2),
        })}
      </p>
      <Legend items={lines} />
      <LinePlot label={t("toy.picture")} lines={lines} level={1} formatValue={(value) => numbers.number(value, 1)} />
      <TableTwin>
        <CurveTable toy={toy} numbers={numbers} />
      </TableTwin>
    </>
  );
}

export function LongFlatCard({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const toy = useMemo(() => longFlat(model.evidence), [model.evidence]);
  return (
    <Card
      title={t("toy.title")}
      action={<Badge tone="warn">{t("toy.noAdvice")}</Badge>}
      bodyClassName="px-4 pb-4 flex flex-col gap-3"
    >
      {toy ? <Toy toy={toy} /> : <NotRecorded />}
    </Card>
  );
}
