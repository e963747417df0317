/** A market day at speed: past sessions replayed through the real path, under a ticker that says so. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FastForward, Square, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { datasetsQuery } from "@/api/datasets";
import { simulationQuery, useEndSimulation, useStartSimulation } from "@/api/simulation";
import type { Market, SimulationBody } from "@/api/types";
import { Button, buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, Input, Select } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { useNumbers } from "@/components/ui/numbers";
import { Progress } from "@/components/ui/progress";
import { SimulationBadge } from "@/components/ui/simulation";
import { SkeletonLines } from "@/components/ui/skeleton";
import { ErrorState, useErrorText } from "@/components/ui/state";
import { Session } from "@/components/ui/time";
import { notify } from "@/components/ui/toast";
import { oneOf } from "@/lib/search";
import { simulationProgress } from "@/lib/simulation";
import { isSimulated } from "@/lib/symbols";

const SESSIONS = { min: 5, max: 500, default: 60 };

type Scenario = SimulationBody["scenario"];

/** What goes on before a session can pass, or beside it; a session that passes is told by its date. */
const STAGES = ["history", "first model", "planting a bad model"] as const;

const STAGE_WORDS = {
  history: "simulation.stageHistory",
  "first model": "simulation.stageModel",
  "planting a bad model": "simulation.stageBad",
} as const;

interface StartFormProps {
  scenarios: readonly Scenario[];
  start: ReturnType<typeof useStartSimulation>;
}

function StartForm({ scenarios, start }: StartFormProps) {
  const { t } = useTranslation();
  const { data: datasets = [] } = useQuery(datasetsQuery);
  const bases = datasets.filter(({ ticker }) => !isSimulated(ticker));
  const [chosen, setChosen] = useState("");
  const [sessions, setSessions] = useState(String(SESSIONS.default));
  const [scenario, setScenario] = useState<Scenario>("plain");
  const ticker = chosen || bases[0]?.ticker;
  const ask = () => {
    if (!ticker) return;
    const asked = { ticker, sessions: Number(sessions), speed: 1, scenario, seed: 42 };
    start.mutate(asked, { onSuccess: () => notify.done(t("simulation.started"), ticker) });
  };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      <div className="grid grid-cols-2 gap-3">
        <Field label={t("simulation.base")}>
          <Select value={ticker ?? ""} onChange={(event) => setChosen(event.target.value)}>
            {bases.map((dataset) => (
              <option key={dataset.ticker} value={dataset.ticker}>
                {dataset.ticker}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={t("simulation.sessions")}>
          <Input
            type="number"
            required
            min={SESSIONS.min}
            max={SESSIONS.max}
            value={sessions}
            onChange={(event) => setSessions(event.target.value)}
          />
        </Field>
      </div>
      <Field label={t("simulation.scenario")} hint={t(`scenarioHow.${scenario}`)}>
        <Select
          value={scenario}
          onChange={(event) => setScenario(scenarios.find((each) => each === event.target.value) ?? "plain")}
        >
          {scenarios.map((each) => (
            <option key={each} value={each}>
              {t(`scenario.${each}`)}
            </option>
          ))}
        </Select>
      </Field>
      {start.error && <ErrorState error={start.error} />}
      <Button type="submit" variant="primary" className="self-start" busy={start.isPending} disabled={!ticker}>
        {!start.isPending && <FastForward aria-hidden className="size-4" />}
        {t("simulation.start")}
      </Button>
    </form>
  );
}

type End = ReturnType<typeof useEndSimulation>;

function EndButton({ running, end }: { running: boolean; end: End }) {
  const { t } = useTranslation();
  const text = useErrorText();
  const Icon = running ? Square : Trash2;
  return (
    <Button
      size="sm"
      variant="danger"
      busy={end.isPending}
      onClick={() =>
        end.mutate(undefined, {
          onSuccess: () => notify.done(t("simulation.ended"), t("simulation.endedHow")),
          onError: (error) => notify.failed(t("simulation.notEnded"), text(error)),
        })
      }
    >
      {!end.isPending && <Icon aria-hidden className="size-3.5" />}
      {t(running ? "simulation.stop" : "simulation.remove")}
    </Button>
  );
}

function Standing({ market }: { market: Market }) {
  const { t } = useTranslation();
  const { number } = useNumbers();
  const { done, total, share } = simulationProgress(market);
  const stage = market.running && oneOf(market.stage, STAGES);
  return (
    <div className="flex flex-col gap-2 text-[13px]">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="font-medium">{t(`simulationState.${market.state}`)}</span>
        <span className="text-muted tabular-nums">
          {t("simulation.done", { done: number(done), total: number(total) })}
        </span>
      </div>
      {market.running && <Progress value={share} label={t("simulation.progress")} />}
      <p className="text-muted">
        {market.session && (
          <>
            {t("simulation.today")} <Session session={market.session} />
          </>
        )}
        {market.planted && market.scenario && (
          <>
            {" · "}
            {t(`scenario.${market.scenario}`)}, {t("simulation.from")} <Session session={market.planted} />
          </>
        )}
      </p>
      {stage && <p className="text-muted">{t(STAGE_WORDS[stage])}</p>}
      {market.error && <Notice tone="bad">{market.error}</Notice>}
    </div>
  );
}

/** While its symbol is held, it can be looked at; once it was taken out, there is nothing left but its name. */
function Shown({ market, end }: { market: Market; end: End }) {
  const { t } = useTranslation();
  const { data: datasets = [] } = useQuery(datasetsQuery);
  const held = datasets.some(({ ticker }) => ticker === market.ticker);
  if (!market.ticker || market.state === "none") return null;
  return (
    <div data-testid="simulation" className="flex flex-col gap-3 border-t border-line pt-3">
      <p className="flex flex-wrap items-center gap-2 text-sm font-semibold">
        {market.ticker}
        <SimulationBadge />
      </p>
      <Standing market={market} />
      <div className="flex flex-wrap gap-2">
        {held && (
          <Link to="/symbols/$ticker" params={{ ticker: market.ticker }} className={buttonClass("secondary", "sm")}>
            {t("simulation.watch")}
          </Link>
        )}
        {(market.running || held) && <EndButton running={market.running} end={end} />}
      </div>
    </div>
  );
}

/** It holds the mutations: its parts go away with what they have done, and would not be told of it. */
export function SimulationCard() {
  const { t } = useTranslation();
  const start = useStartSimulation();
  const end = useEndSimulation();
  const { data: market, error, refetch } = useQuery(simulationQuery);
  return (
    <Card title={t("simulation.title")} bodyClassName="px-4 pb-4 flex flex-col gap-4">
      <p className="text-xs text-muted">{t("simulation.how")}</p>
      {error && !market && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!error && !market && <SkeletonLines lines={4} />}
      {market && !market.running && <StartForm scenarios={market.scenarios} start={start} />}
      {market && <Shown market={market} end={end} />}
    </Card>
  );
}
