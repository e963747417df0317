/** How the forecasts of a symbol turned out: what was served and what a replay made, apart. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { scorecardQuery } from "@/api/scorecard";
import type { Dataset, Score } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { HorizonChoice } from "@/components/ui/horizon-choice";
import { SkeletonLines } from "@/components/ui/skeleton";
import { ErrorState } from "@/components/ui/state";
import type { Graded } from "@/lib/evidence";
import { Replay } from "./replay";
import { ScoreTable } from "./score-table";
import { SkillCurves } from "./skill-curve";

function mostScored(scores: Score[]): Score | undefined {
  return scores.reduce<Score | undefined>(
    (best, score) => (best && best.scored >= score.scored ? best : score),
    undefined,
  );
}

function Live({ scores }: { scores: Score[] }) {
  const { t } = useTranslation();
  return (
    <section className="flex flex-col gap-2">
      <h3 className="text-[13px] font-semibold">{t("score.live")}</h3>
      {scores.length ? (
        <ScoreTable scores={scores} label={t("score.live")} />
      ) : (
        <p className="text-[13px] text-muted">{t("score.noLive")}</p>
      )}
    </section>
  );
}

function Replayed({ scores }: { scores: Score[] }) {
  const { t } = useTranslation();
  return (
    <section className="flex flex-col gap-2">
      <h3 className="flex flex-wrap items-center gap-2 text-[13px] font-semibold">
        {t("score.replayed")} <Badge tone="warn">{t("score.replayedBadge")}</Badge>
      </h3>
      {scores.length > 0 && <ScoreTable scores={scores} label={t("score.replayed")} />}
      <p className="text-xs text-muted">{t("score.replayedHow")}</p>
    </section>
  );
}

export function ScorecardCard({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const [horizon, setHorizon] = useState<Graded>(1);
  const { data, error, refetch } = useQuery(scorecardQuery(dataset.ticker, dataset.source));
  const here = data?.items.filter((score) => score.horizon === horizon) ?? [];
  const [live, replayed] = [here.filter((score) => !score.replayed), here.filter((score) => score.replayed)];
  return (
    <Card
      title={t("score.title")}
      action={<HorizonChoice value={horizon} onChange={setHorizon} />}
      bodyClassName="px-4 pb-4 flex flex-col gap-4"
    >
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!error && !data && <SkeletonLines lines={6} />}
      {data && (
        <>
          <Live scores={live} />
          <Replayed scores={replayed} />
          <Replay dataset={dataset} />
          <SkillCurves live={mostScored(live)} replayed={mostScored(replayed)} />
        </>
      )}
    </Card>
  );
}
