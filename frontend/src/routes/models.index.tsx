import { createFileRoute } from "@tanstack/react-router";
import { ModelsPage } from "@/components/models/models-page";
import { parseModelsSearch } from "@/components/models/search";

export const Route = createFileRoute("/models/")({ validateSearch: parseModelsSearch, component: ModelsPage });
