import { createFileRoute } from "@tanstack/react-router";
import { DataPage } from "@/components/data/data-page";
import { parseDataSearch } from "@/components/data/search";

export const Route = createFileRoute("/data")({ validateSearch: parseDataSearch, component: DataPage });
