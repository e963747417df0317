/** Skill against naive as it stood after each scored session: live and replayed are different lines. */
import { skipToken, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { scoreKeys, scoreSeriesQuery } from "@/api/scorecard";
import type { Score } from "@/api/types";
import { Legend } from "@/charts/plot/legend";
import { type Line, LinePlot } from "@/charts/plot/line-plot";
import { TableTwin } from "@/charts/plot/twin";
import { useNumbers } from "@/components/ui/numbers";
import { Table, Td, Th } from "@/components/ui/table";
import { Session } from "@/components/ui/time";
import { LEAST_SCORED, type SkillPoint, skillCurve, thinned } from "@/lib/running-skill";

const TABLE_ROWS = 60;

function useCurve(score: Score | undefined): SkillPoint[] {
  const asked = score && score.scored >= LEAST_SCORED ? scoreSeriesQuery(score) : null;
  const { data } = useQuery({
    queryKey: asked?.queryKey ?? [...scoreKeys.all, "none"],
    queryFn: asked?.queryFn ?? skipToken,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return useMemo(() => (data ? skillCurve(data.points) : []), [data]);
}

function CurveTable({ name, points }: { name: string; points: SkillPoint[] }) {
  const { t } = useTranslation();
  const { number, signed } = useNumbers();
  return (
    <Table label={name} className="max-h-80 overflow-y-auto rounded-lg border border-line">
      <thead className="sticky top-0 bg-surface">
        <tr>
          <Th>{name}</Th>
          <Th numeric>{t("score.scored")}</Th>
          <Th numeric>{t("models.skill")}</Th>
        </tr>
      </thead>
      <tbody>
        {thinned(points, TABLE_ROWS).map((point) => (
          <tr key={point.at}>
            <Td className="h-8">
              <Session session={point.at} />
            </Td>
            <Td numeric className="h-8">
              {number(point.scored)}
            </Td>
            <Td numeric className="h-8">
              {signed(point.value)}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

/** The curves of the line with the most scored sessions among those served, and among those replayed. */
export function SkillCurves({ live, replayed }: { live: Score | undefined; replayed: Score | undefined }) {
  const { t } = useTranslation();
  const { signed } = useNumbers();
  const [liveCurve, replayedCurve] = [useCurve(live), useCurve(replayed)];
  const [liveName, replayedName] = [t("score.live"), t("score.replayed")];
  const lines = useMemo<Line[]>(
    () =>
      [
        { name: replayedName, look: "second" as const, points: replayedCurve },
        { name: liveName, look: "model" as const, points: liveCurve },
      ].filter(({ points }) => points.length > 0),
    [liveName, replayedName, liveCurve, replayedCurve],
  );
  if (!lines.length) return <p className="text-[13px] text-muted">{t("score.noCurve", { count: LEAST_SCORED })}</p>;
  return (
    <div className="flex flex-col gap-2">
      <p className="text-[13px] font-medium">{t("score.curve")}</p>
      <Legend items={lines} />
      <LinePlot label={t("score.curvePicture")} lines={lines} level={0} formatValue={(value) => signed(value, 1)} />
      <TableTwin>
        <div className="grid items-start gap-4 md:grid-cols-2">
          {liveCurve.length > 0 && <CurveTable name={liveName} points={liveCurve} />}
          {replayedCurve.length > 0 && <CurveTable name={replayedName} points={replayedCurve} />}
        </div>
      </TableTwin>
    </div>
  );
}
