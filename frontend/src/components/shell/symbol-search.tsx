/** Opens the search. What it needs is loaded when it is opened for the first time. */
import { Search } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useShortcut } from "@/lib/shortcut";

const SearchDialog = lazy(() => import("./search-dialog"));

export function SymbolSearch() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  useShortcut(["/"], () => setOpen(true));
  useShortcut(["ctrl+k", "meta+k"], () => setOpen(true));
  return (
    <>
      <button
        type="button"
        aria-haspopup="dialog"
        aria-keyshortcuts="/ Control+K"
        onClick={() => setOpen(true)}
        className="flex h-9 min-w-0 flex-1 items-center gap-2.5 rounded-lg border border-line bg-surface px-3 text-sm text-muted hover:border-line-strong sm:max-w-sm"
      >
        <Search aria-hidden className="size-4 shrink-0" />
        <span className="truncate">{t("search.label")}</span>
        <kbd
          aria-hidden
          className="ml-auto hidden rounded border border-line px-1.5 text-[11px] leading-[18px] sm:block"
        >
          /
        </kbd>
      </button>
      {open && (
        <Suspense>
          <SearchDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
