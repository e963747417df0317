import { getRouteApi } from "@tanstack/react-router";
import { compact } from "@/lib/search";
import type { SymbolSearch } from "./search";

const route = getRouteApi("/symbols/$ticker");

type Change = { [K in keyof SymbolSearch]: SymbolSearch[K] | undefined };

/** The page's state, and how to change a part of it. */
export function useSymbolSearch(): [SymbolSearch, (change: Change) => void] {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (part: Change) =>
    void navigate({ search: (old) => compact({ ...old, ...part }) as SymbolSearch, replace: true, resetScroll: false });
  return [search, change];
}
