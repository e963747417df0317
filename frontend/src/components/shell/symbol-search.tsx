/** Finds a symbol by ticker or by its English or Chinese name. */
import { Combobox } from "@base-ui/react/combobox";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { datasetsQuery } from "@/api/datasets";
import type { Dataset } from "@/api/types";
import { useLocale } from "@/i18n";
import { useShortcut } from "@/lib/shortcut";
import { matchesSymbol, symbolName } from "@/lib/symbols";

function Option({ dataset }: { dataset: Dataset }) {
  const locale = useLocale();
  return (
    <Combobox.Item
      value={dataset}
      className="grid cursor-default grid-cols-[5.5rem_1fr_auto] items-center gap-2 rounded-lg px-2.5 py-2 text-sm outline-none select-none data-highlighted:bg-raised"
    >
      <span className="font-semibold">{dataset.ticker}</span>
      <span className="truncate text-muted">{symbolName(dataset, locale)}</span>
      <span className="text-xs text-muted">{dataset.exchange}</span>
    </Combobox.Item>
  );
}

export function SymbolSearch() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const { data: datasets = [] } = useQuery(datasetsQuery);
  useShortcut("/", () => input.current?.focus());
  return (
    <Combobox.Root
      items={datasets}
      value={null}
      autoHighlight
      itemToStringLabel={(dataset: Dataset) => dataset.ticker}
      filter={(dataset: Dataset, query: string) => matchesSymbol(dataset, query)}
      onValueChange={(dataset: Dataset | null) => {
        if (!dataset) return;
        input.current?.blur();
        void navigate({ to: "/symbols/$ticker", params: { ticker: dataset.ticker } });
      }}
    >
      <div className="relative w-full max-w-sm">
        <Search aria-hidden className="pointer-events-none absolute top-2.5 left-3 size-4 text-muted" />
        <Combobox.Input
          ref={input}
          aria-label={t("search.label")}
          placeholder={t("search.placeholder")}
          className="h-9 w-full rounded-lg border border-line bg-surface pr-9 pl-9 text-sm placeholder:text-muted"
        />
        <kbd
          aria-hidden
          className="pointer-events-none absolute top-2 right-2.5 hidden rounded border border-line px-1.5 text-[11px] leading-[18px] text-muted sm:block"
        >
          /
        </kbd>
      </div>
      <Combobox.Portal>
        <Combobox.Positioner sideOffset={6} className="z-50 outline-none">
          <Combobox.Popup className="w-[max(var(--anchor-width),min(24rem,calc(100vw-2rem)))] rounded-xl border border-line bg-surface p-1 shadow-overlay">
            <Combobox.Empty>
              <p className="px-3 py-4 text-sm text-muted">{t("search.empty")}</p>
            </Combobox.Empty>
            <Combobox.List className="max-h-80 overflow-y-auto outline-none data-empty:hidden">
              {(dataset: Dataset) => <Option key={dataset.ticker} dataset={dataset} />}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}
