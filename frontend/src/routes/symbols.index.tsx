import { createFileRoute, Link, redirect } from "@tanstack/react-router";
import { DatabaseZap } from "lucide-react";
import { useTranslation } from "react-i18next";
import { datasetsQuery } from "@/api/datasets";
import { buttonClass } from "@/components/ui/button";
import { SkeletonLines } from "@/components/ui/skeleton";
import { EmptyState } from "@/components/ui/state";

export const Route = createFileRoute("/symbols/")({
  loader: async ({ context }) => {
    const [first] = await context.queryClient.ensureQueryData(datasetsQuery);
    if (first) throw redirect({ to: "/symbols/$ticker", params: { ticker: first.ticker }, replace: true });
  },
  pendingComponent: () => <SkeletonLines lines={8} />,
  component: NoSymbols,
});

function NoSymbols() {
  const { t } = useTranslation();
  return (
    <EmptyState icon={<DatabaseZap />} title={t("symbol.none")}>
      <p>{t("symbol.noneNext")}</p>
      <Link to="/data" className={buttonClass("primary")}>
        {t("symbol.goToData")}
      </Link>
    </EmptyState>
  );
}
