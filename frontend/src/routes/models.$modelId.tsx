import { createFileRoute, notFound } from "@tanstack/react-router";
import { ModelPage } from "@/components/model/model-page";
import { parseModelSearch } from "@/components/model/search";
import { wholeNumber } from "@/lib/search";

export const Route = createFileRoute("/models/$modelId")({
  validateSearch: parseModelSearch,
  params: {
    parse: ({ modelId }) => {
      const id = wholeNumber(modelId, 1, Number.MAX_SAFE_INTEGER);
      if (id === undefined) throw notFound();
      return { modelId: id };
    },
    stringify: ({ modelId }) => ({ modelId: String(modelId) }),
  },
  component: () => <ModelPage modelId={Route.useParams().modelId} />,
});
