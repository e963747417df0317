/** The model beside naive, drift and the champion of its day, on the same rows, horizon by horizon. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { ModelDetail } from "@/api/types";
import { Card } from "@/components/ui/card";
import { useNumbers } from "@/components/ui/numbers";
import { Table, Td, Th } from "@/components/ui/table";
import { GRADED } from "@/lib/evidence";
import { type Comparison, type HorizonRecord, overallRecords } from "@/lib/skill";
import { NotRecorded } from "./not-recorded";

interface Graded {
  horizon: number;
  record: HorizonRecord;
}

function ErrorsTable({ records }: { records: Graded[] }) {
  const { t } = useTranslation();
  const { number, share, shares } = useNumbers();
  return (
    <Table label={t("model.errors")} className="rounded-lg border border-line">
      <thead>
        <tr>
          <Th numeric>{t("models.horizon")}</Th>
          <Th numeric>{t("models.maeShort")}</Th>
          <Th numeric>{t("models.naiveMae")}</Th>
          <Th numeric>{t("model.driftMae")}</Th>
          <Th numeric>{t("model.rmse")}</Th>
          <Th numeric>{t("model.naiveRmse")}</Th>
          <Th numeric>{t("model.driftRmse")}</Th>
          <Th numeric>{t("model.mase")}</Th>
          <Th numeric>{t("model.theilU")}</Th>
          <Th numeric>{t("models.directionAccuracy")}</Th>
          <Th numeric>{t("model.interval95")}</Th>
          <Th numeric>{t("models.sessions")}</Th>
        </tr>
      </thead>
      <tbody>
        {records.map(({ horizon, record }) => (
          <tr key={horizon} data-testid={`errors-${horizon}`}>
            <Td numeric>{horizon}</Td>
            <Td numeric className="font-medium">
              {number(record.mae * 100, 3)}
            </Td>
            <Td numeric>{number(record.naiveMae * 100, 3)}</Td>
            <Td numeric>{number(record.driftMae === null ? null : record.driftMae * 100, 3)}</Td>
            <Td numeric className="font-medium">
              {number(record.rmse * 100, 3)}
            </Td>
            <Td numeric>{number(record.naiveRmse * 100, 3)}</Td>
            <Td numeric>{number(record.driftRmse === null ? null : record.driftRmse * 100, 3)}</Td>
            <Td numeric>{number(record.mase, 3)}</Td>
            <Td numeric>{number(record.theilU, 3)}</Td>
            <Td numeric>{share(record.directionAccuracy)}</Td>
            <Td numeric>{shares(record.directionInterval)}</Td>
            <Td numeric>{number(record.sessions)}</Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

interface Line {
  horizon: number;
  key: "naive" | "drift" | "champion";
  modelId: number | null;
  skill: number | null;
  interval: HorizonRecord["skillInterval"];
  pValue: number | null;
  corrected: number | null;
  sessions: number | null;
}

function other(horizon: number, key: Line["key"], found: Comparison, record: HorizonRecord): Line {
  const { modelId, skill, pValue, sessions } = found;
  return {
    horizon,
    key,
    modelId,
    skill,
    interval: null,
    pValue,
    corrected: null,
    sessions: sessions ?? record.sessions,
  };
}

function comparisons({ horizon, record }: Graded): Line[] {
  const { skill, skillInterval: interval, pValue, pCorrected: corrected, sessions, drift, champion } = record;
  return [
    { horizon, key: "naive", modelId: null, skill, interval, pValue, corrected, sessions },
    ...(drift ? [other(horizon, "drift", drift, record)] : []),
    ...(champion ? [other(horizon, "champion", champion, record)] : []),
  ];
}

function Against({ line }: { line: Line }) {
  const { t } = useTranslation();
  if (line.key === "champion" && line.modelId !== null) return <ChampionLink id={line.modelId} />;
  return t(`baseline.${line.key}`);
}

function ChampionLink({ id }: { id: number }) {
  const { t } = useTranslation();
  return (
    <Link to="/models/$modelId" params={{ modelId: id }} className="underline">
      {t("model.championOfDay", { id })}
    </Link>
  );
}

function ComparisonsTable({ records }: { records: Graded[] }) {
  const { t } = useTranslation();
  const { number, signed, signedRange, pValue } = useNumbers();
  return (
    <Table label={t("model.comparisons")} className="rounded-lg border border-line">
      <thead>
        <tr>
          <Th numeric>{t("models.horizon")}</Th>
          <Th>{t("model.against")}</Th>
          <Th numeric>{t("models.skill")}</Th>
          <Th numeric>{t("model.interval95")}</Th>
          <Th numeric>{t("models.pValue")}</Th>
          <Th numeric>{t("model.pCorrected")}</Th>
          <Th numeric>{t("models.sessions")}</Th>
        </tr>
      </thead>
      <tbody>
        {records.flatMap(comparisons).map((line) => (
          <tr key={`${line.horizon} ${line.key}`}>
            <Td numeric>{line.horizon}</Td>
            <Td className="whitespace-nowrap">
              <Against line={line} />
            </Td>
            <Td numeric className="font-medium">
              {signed(line.skill)}
            </Td>
            <Td numeric>{signedRange(line.interval)}</Td>
            <Td numeric>{pValue(line.pValue)}</Td>
            <Td numeric>{pValue(line.corrected)}</Td>
            <Td numeric>{number(line.sessions)}</Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

export function BaselinesCard({ model }: { model: ModelDetail }) {
  const { t } = useTranslation();
  const graded: readonly number[] = GRADED;
  const records = overallRecords(model.metrics).filter(({ horizon }) => graded.includes(horizon));
  const variants = records[0]?.record.variants;
  return (
    <Card title={t("model.baselines")} bodyClassName="px-4 pb-4 flex flex-col gap-4">
      {records.length === 0 ? (
        <NotRecorded />
      ) : (
        <>
          <ErrorsTable records={records} />
          <ComparisonsTable records={records} />
          <p className="text-xs text-muted">
            {t("model.comparisonsHow")} {variants != null && t("model.variants", { count: variants })}
          </p>
        </>
      )}
    </Card>
  );
}
