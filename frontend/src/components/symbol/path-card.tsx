/** A forecast for each of the next sessions, drawn as it arrives. */
import { useQuery } from "@tanstack/react-query";
import { ChartSpline, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isOver, useForecastPath } from "@/api/predictions";
import { systemQuery } from "@/api/system";
import type { Dataset, Prediction } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Notice } from "@/components/ui/notice";
import { Progress } from "@/components/ui/progress";
import { ErrorState, useErrorText } from "@/components/ui/state";
import { Table, Td, Th } from "@/components/ui/table";
import { Session } from "@/components/ui/time";
import { notify } from "@/components/ui/toast";
import { useLocale } from "@/i18n";
import { formatNumber } from "@/lib/format";
import type { ShownPath } from "./use-path";
import { useSymbolSearch } from "./use-symbol-search";

const MAX_DAYS = 20;

function PathTable({ predictions }: { predictions: Prediction[] }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const edge = ({ bands }: Prediction, side: "lower" | "upper") => {
    const band = bands.find((candidate) => candidate.coverage === 80);
    return band ? formatNumber(band[side], locale, 2) : "–";
  };
  return (
    <Table label={t("path.table")} className="-mx-4 max-h-72 overflow-y-auto border-t border-line">
      <thead className="sticky top-0 bg-surface">
        <tr>
          <Th>{t("bar.session")}</Th>
          <Th numeric>{t("path.close")}</Th>
          <Th numeric>{t("path.band80")}</Th>
        </tr>
      </thead>
      <tbody>
        {predictions.map((prediction) => (
          <tr key={prediction.target_date}>
            <Td className="h-9">
              <Session session={prediction.target_date} />
            </Td>
            <Td numeric className="font-medium">
              {formatNumber(prediction.predicted_close, locale, 2)}
            </Td>
            <Td numeric className="text-muted">
              {edge(prediction, "lower")} – {edge(prediction, "upper")}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function PathState({ path }: { path: ShownPath }) {
  const { t } = useTranslation();
  const { status, predictions } = path;
  const total = status?.result?.days;
  const words = total ? t("path.arrived", { done: predictions.length, total }) : t("path.waiting");
  if (path.error) return <ErrorState error={path.error} />;
  if (status?.status === "failed") return <Notice tone="bad">{status.error ?? t("path.failed")}</Notice>;
  if (status?.status === "cancelled") return <Notice tone="info">{t("path.cancelled")}</Notice>;
  return (
    <div className="flex flex-col gap-2">
      <p aria-live="polite" className="text-[13px] text-muted">
        {words}
      </p>
      {status && !isOver(status.status) && <Progress value={status.progress} label={t("path.title")} />}
    </div>
  );
}

function DaysInput({ days, max, onChange }: { days: number; max: number; onChange: (days: number) => void }) {
  const { t } = useTranslation();
  return (
    <label className="flex items-center gap-2 text-[13px] text-muted">
      <input
        type="number"
        min={1}
        max={max}
        required
        value={Number.isNaN(days) ? "" : days}
        onChange={(event) => onChange(event.target.valueAsNumber)}
        className="h-9 w-16 rounded-lg border border-line-strong bg-surface px-2.5 text-sm text-ink tabular-nums"
      />
      {t("path.sessions", { max })}
    </label>
  );
}

function PathForm({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const text = useErrorText();
  const [days, setDays] = useState(5);
  const [, change] = useSymbolSearch();
  const ask = useForecastPath();
  const { data: system } = useQuery(systemQuery);
  return (
    <form
      className="flex flex-wrap items-center justify-between gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        ask.mutate(
          { ticker: dataset.ticker, days },
          {
            onSuccess: (job) => change({ path: job.task_id }),
            onError: (error) => notify.failed(t("path.failed"), text(error)),
          },
        );
      }}
    >
      <DaysInput days={days} max={system?.max_horizon ?? MAX_DAYS} onChange={setDays} />
      <Button type="submit" busy={ask.isPending}>
        {!ask.isPending && <ChartSpline aria-hidden className="size-4" />}
        {t("path.ask")}
      </Button>
    </form>
  );
}

export function PathCard({ dataset, path }: { dataset: Dataset; path: ShownPath }) {
  const { t } = useTranslation();
  const [search, change] = useSymbolSearch();
  const clear = (
    <Button size="sm" variant="ghost" onClick={() => change({ path: undefined })}>
      <X aria-hidden className="size-3.5" />
      {t("path.clear")}
    </Button>
  );
  return (
    <Card
      title={t("path.title")}
      action={search.path ? clear : undefined}
      bodyClassName="px-4 pb-4 flex flex-col gap-3"
    >
      <PathForm dataset={dataset} />
      {search.path && <PathState path={path} />}
      {path.predictions.length > 0 && <PathTable predictions={path.predictions} />}
    </Card>
  );
}
