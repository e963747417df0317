import { createFileRoute } from "@tanstack/react-router";
import { parseSymbolSearch } from "@/components/symbol/search";
import { SymbolPage } from "@/components/symbol/symbol-page";

export const Route = createFileRoute("/symbols/$ticker")({
  validateSearch: parseSymbolSearch,
  component: () => <SymbolPage ticker={Route.useParams().ticker.toUpperCase()} />,
});
