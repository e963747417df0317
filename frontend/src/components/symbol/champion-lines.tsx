/** Who serves a symbol at each graded horizon, and how far that can be trusted, in words. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { modelQuery, servingQuery } from "@/api/models";
import type { LedgerEntry, ModelDetail } from "@/api/types";
import { VerdictSentence } from "@/components/ui/verdict";
import { GRADED } from "@/lib/evidence";
import { modelVerdict } from "@/lib/skill";

interface Serving {
  entry: LedgerEntry;
  model: ModelDetail | undefined;
}

/** What serves now, by graded horizon: each may have another champion. */
function useServing(ticker: string, championId: number | null): Map<number, Serving> {
  const { data: entries = [] } = useQuery(servingQuery(ticker, championId));
  const ids = [...new Set(entries.flatMap(({ model_id }) => model_id ?? []))];
  const models = useQueries({ queries: ids.map((id) => modelQuery(id)) });
  const byId = new Map(models.flatMap(({ data }) => (data ? [[data.model_id, data] as const] : [])));
  return new Map(entries.map((entry) => [entry.horizon, { entry, model: byId.get(entry.model_id ?? 0) }]));
}

function Line({ horizon, serving }: { horizon: number; serving: Serving | undefined }) {
  const { t } = useTranslation();
  const verdict = serving?.model && modelVerdict(serving.model, horizon);
  if (!serving) return <span className="text-muted">{t("forecast.noModel")}</span>;
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      {verdict && <VerdictSentence verdict={verdict} className="font-medium" />}
      {serving.entry.serves === "naive" && (
        <p data-testid={`serves-naive-${horizon}`} title={serving.entry.serves_reason} className="pl-6 text-ink">
          {t("serves.noBetter")}
        </p>
      )}
      {serving.model && (
        <Link
          to="/models/$modelId"
          params={{ modelId: serving.model.model_id }}
          className="w-fit pl-6 text-xs text-muted underline"
        >
          {serving.model.model_type} v{serving.model.version}
        </Link>
      )}
    </div>
  );
}

export function ChampionLines({ ticker, championId }: { ticker: string; championId: number | null }) {
  const { t } = useTranslation();
  const serving = useServing(ticker, championId);
  return (
    <section aria-label={t("models.verdict")} data-testid="verdict" className="flex flex-col gap-2">
      <dl className="flex flex-col gap-2 text-[13px]">
        {GRADED.map((horizon) => (
          <div key={horizon} className="flex flex-col gap-0.5">
            <dt className="text-xs text-muted">{t("model.ahead", { count: horizon })}</dt>
            <dd>
              <Line horizon={horizon} serving={serving.get(horizon)} />
            </dd>
          </div>
        ))}
      </dl>
      <p className="text-xs text-muted">{t("verdict.how")}</p>
    </section>
  );
}
