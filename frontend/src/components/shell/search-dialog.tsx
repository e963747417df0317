/** Finds a symbol by ticker or by its English or Chinese name. */
import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useTranslation } from "react-i18next";
import { datasetsQuery } from "@/api/datasets";
import type { Dataset } from "@/api/types";
import { SimulationTag } from "@/components/ui/simulation";
import { useLocale } from "@/i18n";
import { matchesSymbol, symbolName } from "@/lib/symbols";

function Option({ dataset, onPick }: { dataset: Dataset; onPick: () => void }) {
  const locale = useLocale();
  return (
    <Autocomplete.Item
      value={dataset}
      onClick={onPick}
      className="grid cursor-default grid-cols-[5rem_minmax(0,1fr)_auto] items-center gap-3 rounded-lg px-3 py-2.5 text-sm outline-none select-none data-highlighted:bg-raised"
    >
      <span className="font-semibold">{dataset.ticker}</span>
      <span className="truncate text-muted">{symbolName(dataset, locale)}</span>
      <span className="flex items-center gap-2 text-xs text-muted">
        <SimulationTag ticker={dataset.ticker} />
        {dataset.exchange}
      </span>
    </Autocomplete.Item>
  );
}

function SymbolList({ onPick }: { onPick: (ticker: string) => void }) {
  const { t } = useTranslation();
  const { data: datasets = [] } = useQuery(datasetsQuery);
  return (
    <Autocomplete.Root
      open
      inline
      autoHighlight="always"
      keepHighlight
      items={datasets}
      itemToStringValue={(dataset: Dataset) => dataset.ticker}
      filter={(dataset: Dataset, query: string) => matchesSymbol(dataset, query)}
    >
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Search aria-hidden className="size-4 shrink-0 text-muted" />
        <Autocomplete.Input
          aria-label={t("search.label")}
          placeholder={t("search.placeholder")}
          className="h-12 w-full bg-transparent text-[15px] outline-none placeholder:text-muted"
        />
      </div>
      <Autocomplete.Empty>
        <p className="px-4 py-6 text-sm text-muted">{t("search.empty")}</p>
      </Autocomplete.Empty>
      <Autocomplete.List className="max-h-[50dvh] overflow-y-auto p-1.5 outline-none data-empty:hidden">
        {(dataset: Dataset) => <Option key={dataset.ticker} dataset={dataset} onPick={() => onPick(dataset.ticker)} />}
      </Autocomplete.List>
    </Autocomplete.Root>
  );
}

export default function SearchDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const pick = (ticker: string) => {
    onClose();
    void navigate({ to: "/symbols/$ticker", params: { ticker } });
  };
  return (
    <Dialog.Root open onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/40" />
        <Dialog.Popup
          aria-label={t("search.label")}
          className="fixed top-[12dvh] left-1/2 z-50 w-[min(34rem,calc(100vw-2rem))] -translate-x-1/2 overflow-hidden rounded-2xl border border-line bg-surface shadow-overlay outline-none"
        >
          <SymbolList onPick={pick} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
