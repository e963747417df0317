import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ShieldCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { quarantineQuery } from "@/api/datasets";
import type { QuarantinedBar } from "@/api/types";
import { buttonClass } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SimulationTag } from "@/components/ui/simulation";
import { SkeletonLines } from "@/components/ui/skeleton";
import { EmptyState, ErrorState } from "@/components/ui/state";
import { Table, Td, Th } from "@/components/ui/table";
import { Age, Session } from "@/components/ui/time";

function QuarantineTable({ bars }: { bars: QuarantinedBar[] }) {
  const { t } = useTranslation();
  return (
    <Table label={t("quarantine.title")} className="max-h-96 overflow-y-auto">
      <thead className="sticky top-0 bg-surface">
        <tr>
          <Th>{t("data.symbol")}</Th>
          <Th>{t("bar.session")}</Th>
          <Th>{t("quarantine.reason")}</Th>
          <Th>{t("data.source")}</Th>
          <Th>{t("quarantine.row")}</Th>
          <Th numeric>{t("quarantine.at")}</Th>
        </tr>
      </thead>
      <tbody>
        {bars.map((bar) => (
          <tr key={bar.id}>
            <Td className="font-semibold">
              {bar.ticker} <SimulationTag ticker={bar.ticker} />
            </Td>
            <Td>{bar.session ? <Session session={bar.session} /> : "–"}</Td>
            <Td>{bar.reason}</Td>
            <Td>{bar.source}</Td>
            <Td>
              <code className="font-mono text-xs break-all">{JSON.stringify(bar.row)}</code>
            </Td>
            <Td numeric className="text-muted">
              <Age at={bar.at} />
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

export function QuarantineCard({ ticker }: { ticker: string | undefined }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(quarantineQuery(ticker));
  const everything = ticker && (
    <Link to="/data" className={buttonClass("ghost", "sm")}>
      {t("quarantine.all")}
    </Link>
  );
  return (
    <Card
      title={ticker ? t("quarantine.titleOf", { ticker }) : t("quarantine.title")}
      action={everything}
      bodyClassName="pb-1"
    >
      {error && (
        <div className="px-4 pb-3">
          <ErrorState error={error} onRetry={() => void refetch()} />
        </div>
      )}
      {!error && !data && <SkeletonLines lines={4} className="px-4 pb-3" />}
      {data && data.items.length === 0 && (
        <EmptyState icon={<ShieldCheck />} title={t("quarantine.empty")}>
          <p>{t("quarantine.emptyNext")}</p>
        </EmptyState>
      )}
      {data && data.items.length > 0 && <QuarantineTable bars={data.items} />}
    </Card>
  );
}
