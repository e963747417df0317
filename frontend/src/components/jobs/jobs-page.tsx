/** Every job with its state, and what can be done about it. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ListChecks } from "lucide-react";
import { useTranslation } from "react-i18next";
import { jobsQuery } from "@/api/jobs";
import { Select } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { Pager } from "@/components/ui/pager";
import { SkeletonLines } from "@/components/ui/skeleton";
import { EmptyState, ErrorState } from "@/components/ui/state";
import { compact, oneOf } from "@/lib/search";
import { JobDrawer } from "./job-drawer";
import { JobTable } from "./job-table";
import { JOB_KINDS, JOB_STATES, type JobsSearch } from "./search";

const PAGE = 25;
const route = getRouteApi("/jobs");

type Change = { [K in keyof JobsSearch]: JobsSearch[K] | undefined };

function Filters({ search, change }: { search: JobsSearch; change: (part: Change) => void }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-wrap gap-2">
      <Select
        aria-label={t("jobs.state")}
        className="w-auto!"
        value={search.state ?? ""}
        onChange={(event) => change({ state: oneOf(event.target.value, JOB_STATES), offset: undefined })}
      >
        <option value="">{t("jobs.anyState")}</option>
        {JOB_STATES.map((state) => (
          <option key={state} value={state}>
            {t(`jobState.${state}`)}
          </option>
        ))}
      </Select>
      <Select
        aria-label={t("jobs.kind")}
        className="w-auto!"
        value={search.kind ?? ""}
        onChange={(event) => change({ kind: oneOf(event.target.value, JOB_KINDS), offset: undefined })}
      >
        <option value="">{t("jobs.anyKind")}</option>
        {JOB_KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {t(`jobKind.${kind}`)}
          </option>
        ))}
      </Select>
    </div>
  );
}

export function JobsPage() {
  const { t } = useTranslation();
  const { job, offset = 0, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  const change = (part: Change) =>
    void navigate({ search: (old) => compact({ ...old, ...part }) as JobsSearch, replace: true, resetScroll: false });
  const { data, error, refetch } = useQuery(jobsQuery(filter, PAGE, offset));
  return (
    <Page title={t("jobs.title")} intro={t("jobs.intro")} action={<Filters search={filter} change={change} />}>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!error && !data && <SkeletonLines lines={8} />}
      {data && data.items.length === 0 && (
        <EmptyState icon={<ListChecks />} title={t("jobs.empty")}>
          <p>{t("jobs.emptyNext")}</p>
        </EmptyState>
      )}
      {data && data.items.length > 0 && (
        <section className="overflow-hidden rounded-xl border border-line bg-surface shadow-card">
          <JobTable jobs={data.items} onOpen={(taskId) => change({ job: taskId })} />
        </section>
      )}
      {data && <Pager page={data} size={PAGE} onMove={(next) => change({ offset: next || undefined })} />}
      {job && <JobDrawer taskId={job} onClose={() => change({ job: undefined })} />}
    </Page>
  );
}
