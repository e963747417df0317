import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { MapPinOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { buttonClass } from "@/components/ui/button";
import { EmptyState, ErrorState } from "@/components/ui/state";

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <EmptyState icon={<MapPinOff />} title={t("notFound.title")}>
      <p>{t("notFound.text")}</p>
      <Link to="/" className={buttonClass("primary")}>
        {t("notFound.home")}
      </Link>
    </EmptyState>
  );
}

export function RouteErrorPage({ error, reset }: ErrorComponentProps) {
  return <ErrorState error={error} onRetry={reset} />;
}
