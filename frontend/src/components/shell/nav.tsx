import { Link } from "@tanstack/react-router";
import { clsx } from "clsx";
import { Boxes, ChartCandlestick, Database, ListChecks } from "lucide-react";
import { useTranslation } from "react-i18next";

const items = [
  { to: "/symbols", label: "nav.symbols", Icon: ChartCandlestick },
  { to: "/models", label: "nav.models", Icon: Boxes },
  { to: "/jobs", label: "nav.jobs", Icon: ListChecks },
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
  },
  bottom: {
    list: "grid grid-cols-4",
    link: "h-14 flex-col justify-center gap-1 text-[11px] font-medium",
    icon: "size-5",
  },
} as const;

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
                "flex items-center text-muted hover:bg-raised hover:text-ink",
                look.link,
                "aria-[current=page]:bg-raised aria-[current=page]:text-ink",
              )}
            >
              <Icon aria-hidden className={look.icon} />
              {t(label)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
