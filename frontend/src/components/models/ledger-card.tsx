/** Who moved which alias, when and why. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowRight, ScrollText } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ledgerQuery } from "@/api/models";
import type { LedgerEntry } from "@/api/types";
import { Card } from "@/components/ui/card";
import { SimulationTag } from "@/components/ui/simulation";
import { SkeletonLines } from "@/components/ui/skeleton";
import { EmptyState, ErrorState } from "@/components/ui/state";
import { Instant } from "@/components/ui/time";
import { shortActor } from "@/lib/format";
import { ServesBadge } from "./role-list";

function ModelRef({ id }: { id: number | null }) {
  const { t } = useTranslation();
  if (id === null) return <span className="text-muted">{t("ledger.none")}</span>;
  return (
    <Link
      to="/models/$modelId"
      params={{ modelId: id }}
      className="rounded underline decoration-line-strong underline-offset-3"
    >
      {t("ledger.model", { id })}
    </Link>
  );
}

function Entry({ entry }: { entry: LedgerEntry }) {
  const { t } = useTranslation();
  return (
    <li className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1 border-t border-line px-4 py-2.5 text-[13px] first:border-t-0">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2">
          <span className="font-semibold">{entry.ticker}</span>
          <SimulationTag ticker={entry.ticker} />
          <span className="text-muted">
            {t(entry.alias === "champion" ? "models.champion" : "models.challenger")} ·{" "}
            {t("model.sessionsAhead", { count: entry.horizon })}
          </span>
          <ModelRef id={entry.previous_model_id} />
          <ArrowRight aria-hidden className="size-3.5 text-muted" />
          <span className="sr-only">{t("ledger.to")}</span>
          <ModelRef id={entry.model_id} />
          {entry.model_id !== null && entry.alias === "champion" && <ServesBadge serves={entry.serves} />}
        </p>
        <p className="break-words text-muted">{entry.reason}</p>
      </div>
      <p className="text-xs text-muted">
        <span title={entry.actor}>{shortActor(entry.actor)}</span> · <Instant at={entry.at} />
      </p>
    </li>
  );
}

export function LedgerCard({ ticker }: { ticker: string | undefined }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(ledgerQuery(ticker));
  return (
    <Card title={t("ledger.title")} bodyClassName="pb-1">
      {error && (
        <div className="px-4 pb-3">
          <ErrorState error={error} onRetry={() => void refetch()} />
        </div>
      )}
      {!error && !data && <SkeletonLines lines={4} className="px-4 pb-3" />}
      {data && data.items.length === 0 && (
        <EmptyState icon={<ScrollText />} title={t("ledger.empty")}>
          <p>{t("ledger.emptyNext")}</p>
        </EmptyState>
      )}
      {data && data.items.length > 0 && (
        <ul>
          {data.items.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ul>
      )}
    </Card>
  );
}
