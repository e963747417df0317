import { createFileRoute } from "@tanstack/react-router";
import { AlertsPage } from "@/components/alerts/alerts-page";
import { parseAlertsSearch } from "@/components/alerts/search";

export const Route = createFileRoute("/alerts")({ validateSearch: parseAlertsSearch, component: AlertsPage });
