import { createFileRoute } from "@tanstack/react-router";
import { JobsPage } from "@/components/jobs/jobs-page";
import { parseJobsSearch } from "@/components/jobs/search";

export const Route = createFileRoute("/jobs")({ validateSearch: parseJobsSearch, component: JobsPage });
