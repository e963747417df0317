import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useLocale } from "@/i18n";
import { formatNumber } from "@/lib/format";
import { Button } from "./button";

interface PagerProps {
  page: { items: readonly unknown[]; offset: number; has_more: boolean };
  size: number;
  onMove: (offset: number) => void;
}

/** Newer and older rows; nothing at all while one page holds everything. */
export function Pager({ page, size, onMove }: PagerProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (page.offset === 0 && !page.has_more) return null;
  const from = formatNumber(page.offset + 1, locale);
  const to = formatNumber(page.offset + page.items.length, locale);
  return (
    <div className="flex items-center gap-1 text-xs text-muted">
      <span className="tabular-nums">
        {from}–{to}
      </span>
      <Button
        variant="ghost"
        size="icon"
        aria-label={t("pager.newer")}
        disabled={page.offset === 0}
        onClick={() => onMove(Math.max(0, page.offset - size))}
      >
        <ChevronLeft aria-hidden className="size-4" />
      </Button>
      <Button
        variant="ghost"
        size="icon"
        aria-label={t("pager.older")}
        disabled={!page.has_more}
        onClick={() => onMove(page.offset + size)}
      >
        <ChevronRight aria-hidden className="size-4" />
      </Button>
    </div>
  );
}
