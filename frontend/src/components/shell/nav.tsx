import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { clsx } from "clsx";
import { BellRing, Boxes, ChartCandlestick, Database, ListChecks } from "lucide-react";
import { useTranslation } from "react-i18next";
import { firingQuery } from "@/api/alerts";
import { useLocale } from "@/i18n";
import { unmuted } from "@/lib/alerts";
import { formatNumber } from "@/lib/format";

const items = [
  { to: "/symbols", label: "nav.symbols", Icon: ChartCandlestick },
  { to: "/models", label: "nav.models", Icon: Boxes },
  { to: "/jobs", label: "nav.jobs", Icon: ListChecks },
  { to: "/alerts", label: "nav.alerts", Icon: BellRing },
  { to: "/data", label: "nav.data", Icon: Database },
] as const;

interface NavProps {
  shape: "side" | "bottom";
}

const shapes = {
  side: {
    list: "flex flex-col gap-0.5",
    link: "h-9 gap-2.5 rounded-lg px-2.5 text-sm font-medium",
    icon: "size-4",
    count: "ml-auto",
  },
  bottom: {
    list: "grid grid-cols-5",
    link: "h-14 flex-col justify-center gap-1 text-[11px] font-medium",
    icon: "size-5",
    count: "absolute top-1.5 left-[calc(50%+0.35rem)]",
  },
} as const;

/** How many alerts fire that nobody has muted. */
function AlertCount({ className }: { className: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { data } = useQuery(firingQuery);
  const count = unmuted(data?.items ?? []).length;
  if (!count) return null;
  return (
    <span
      data-testid="alert-count"
      className={clsx(
        "min-w-5 rounded-full bg-bad-soft px-1.5 text-center text-[11px] leading-5 font-semibold text-down tabular-nums",
        className,
      )}
    >
      <span aria-hidden>{formatNumber(count, locale)}</span>
      <span className="sr-only">{t("nav.firing", { count })}</span>
    </span>
  );
}

export function Nav({ shape }: NavProps) {
  const { t } = useTranslation();
  const look = shapes[shape];
  return (
    <nav aria-label={t("nav.label")}>
      <ul className={look.list}>
        {items.map(({ to, label, Icon }) => (
          <li key={to}>
            <Link
              to={to}
              activeOptions={{ includeSearch: false }}
              className={clsx(
                "relative flex items-center text-muted hover:bg-raised hover:text-ink",
                look.link,
                "aria-[current=page]:bg-raised aria-[current=page]:text-ink",
              )}
            >
              <Icon aria-hidden className={look.icon} />
              {t(label)}
              {to === "/alerts" && <AlertCount className={look.count} />}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
