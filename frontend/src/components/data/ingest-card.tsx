import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { datasetKeys, useIngest } from "@/api/datasets";
import { isActive, jobsQuery } from "@/api/jobs";
import { systemQuery } from "@/api/system";
import type { EtlBody, Job } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Field, Input, Select } from "@/components/ui/field";
import { JobProgress } from "@/components/ui/job-progress";
import { SimulationTag } from "@/components/ui/simulation";
import { ErrorState } from "@/components/ui/state";
import { notify } from "@/components/ui/toast";
import { parseTickers } from "@/lib/tickers";
import { useJobEnding } from "@/lib/use-job-ending";

const SOURCES = ["yahoo", "files", "sample"] as const satisfies EtlBody["source"][];

function IngestJob({ job }: { job: Job }) {
  const client = useQueryClient();
  useJobEnding(job, () => void client.invalidateQueries({ queryKey: datasetKeys.all }));
  return (
    <li className="flex flex-col gap-1.5">
      <p className="flex items-center gap-2 text-[13px] font-semibold">
        {job.ticker}
        <SimulationTag ticker={job.ticker} />
      </p>
      <JobProgress job={job} />
      {job.error && <p className="text-xs break-words text-down">{job.error}</p>}
    </li>
  );
}

/** The newest ingests: those that go on, and the one before. */
function IngestJobs() {
  const { data } = useQuery(jobsQuery({ kind: "ingest" }, 10));
  const jobs = data?.items ?? [];
  const shown = jobs.filter((job, index) => index === 0 || isActive(job));
  if (!shown.length) return null;
  return (
    <ul className="flex flex-col gap-3 border-t border-line pt-3">
      {shown.map((job) => (
        <IngestJob key={job.task_id} job={job} />
      ))}
    </ul>
  );
}

export function IngestCard({ initial }: { initial: string | undefined }) {
  const { t } = useTranslation();
  const ingest = useIngest();
  const { data: system } = useQuery(systemQuery);
  const [text, setText] = useState(initial ?? "");
  const [source, setSource] = useState("");
  const { tickers, invalid } = parseTickers(text);
  const start = () =>
    ingest.mutate(
      { tickers, source: SOURCES.find((known) => known === source) ?? null },
      { onSuccess: ({ jobs }) => notify.done(t("ingest.started", { count: jobs.length })) },
    );
  return (
    <Card title={t("ingest.title")} bodyClassName="px-4 pb-4 flex flex-col gap-4">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <Field
          label={t("ingest.tickers")}
          hint={invalid.length ? t("ingest.invalid", { tickers: invalid.join(", ") }) : t("ingest.hint")}
        >
          <Input
            required
            value={text}
            aria-invalid={invalid.length > 0}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
        <Field label={t("data.source")}>
          <Select value={source} onChange={(event) => setSource(event.target.value)}>
            <option value="">
              {system ? t("ingest.defaultNamed", { source: system.default_source }) : t("ingest.default")}
            </option>
            {SOURCES.map((name) => (
              <option key={name} value={name}>
                {t(`ingest.source.${name}`)}
              </option>
            ))}
          </Select>
        </Field>
        {ingest.error && <ErrorState error={ingest.error} />}
        <Button
          type="submit"
          variant="primary"
          className="self-start"
          busy={ingest.isPending}
          disabled={!tickers.length || invalid.length > 0}
        >
          {!ingest.isPending && <Download aria-hidden className="size-4" />}
          {t("ingest.start")}
        </Button>
      </form>
      <IngestJobs />
    </Card>
  );
}
