/** What was served, or what a replay made, model by model. */
import { Hourglass } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Score } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { useNumbers } from "@/components/ui/numbers";
import { Table, Td, Th } from "@/components/ui/table";

/** Realised coverage of the newest sessions, beside what was promised. */
function Coverage({ score }: { score: Score }) {
  const { share } = useNumbers();
  if (score.scored === 0) return "–";
  return score.coverage.map(({ recent_share }) => share(recent_share, 0)).join(" / ");
}

function Row({ score }: { score: Score }) {
  const { t } = useTranslation();
  const { number, signed, share, pValue } = useNumbers();
  const model = score.model_version ? `${score.model_type} v${score.model_version}` : score.model_type;
  const percent = (value: number | null) => number(value === null ? null : value * 100, 3);
  return (
    <tr>
      <Td className="font-medium whitespace-nowrap">{model}</Td>
      <Td numeric>{number(score.scored)}</Td>
      <Td numeric>
        {score.pending > 0 ? (
          <Badge icon={<Hourglass aria-hidden />}>{t("score.pending", { sessions: number(score.pending) })}</Badge>
        ) : (
          number(0)
        )}
      </Td>
      <Td numeric>
        {percent(score.mae)} <span className="text-muted">/ {percent(score.naive_mae)}</span>
      </Td>
      <Td numeric className="font-medium">
        {signed(score.skill)}
      </Td>
      <Td numeric>{pValue(score.dm_p_value)}</Td>
      <Td numeric>{number(score.mase, 3)}</Td>
      <Td numeric>{share(score.hit_rate)}</Td>
      <Td numeric>
        <Coverage score={score} />
      </Td>
    </tr>
  );
}

export function ScoreTable({ scores, label }: { scores: Score[]; label: string }) {
  const { t } = useTranslation();
  return (
    <Table label={label} className="rounded-lg border border-line">
      <thead>
        <tr>
          <Th>{t("models.model")}</Th>
          <Th numeric>{t("score.scored")}</Th>
          <Th numeric>{t("history.pending")}</Th>
          <Th numeric>{t("score.mae")}</Th>
          <Th numeric>{t("models.skill")}</Th>
          <Th numeric>{t("models.pValue")}</Th>
          <Th numeric>{t("model.mase")}</Th>
          <Th numeric>{t("models.directionAccuracy")}</Th>
          <Th numeric>{t("score.coverage")}</Th>
        </tr>
      </thead>
      <tbody>
        {scores.map((score) => (
          <Row key={`${score.model_id} ${score.model_type} ${score.variant}`} score={score} />
        ))}
      </tbody>
    </Table>
  );
}
