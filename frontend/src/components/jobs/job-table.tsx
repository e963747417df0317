import { useTranslation } from "react-i18next";
import type { Job } from "@/api/types";
import { JobProgress } from "@/components/ui/job-progress";
import { SymbolLink } from "@/components/ui/symbol-link";
import { Table, Td, Th } from "@/components/ui/table";
import { Age } from "@/components/ui/time";
import { shortActor } from "@/lib/format";
import { JobActions } from "./job-actions";

function Row({ job, onOpen }: { job: Job; onOpen: (taskId: string) => void }) {
  const { t } = useTranslation();
  return (
    <tr>
      <Td className="whitespace-nowrap">
        <button
          type="button"
          className="rounded font-medium underline decoration-line-strong underline-offset-3 hover:decoration-ink"
          onClick={() => onOpen(job.task_id)}
        >
          {t(`jobKind.${job.kind}`)}
        </button>
      </Td>
      <Td>{job.ticker ? <SymbolLink ticker={job.ticker} /> : "–"}</Td>
      <Td className="min-w-64 py-2">
        <JobProgress job={job} />
        {job.error && <p className="mt-1 line-clamp-2 max-w-[60ch] text-xs break-words text-down">{job.error}</p>}
      </Td>
      <Td numeric>{job.attempt}</Td>
      <Td className="text-muted">
        <span title={job.requested_by}>{shortActor(job.requested_by)}</span>
      </Td>
      <Td numeric className="text-muted">
        <Age at={job.created_at} />
      </Td>
      <Td numeric>
        <JobActions job={job} />
      </Td>
    </tr>
  );
}

export function JobTable({ jobs, onOpen }: { jobs: Job[]; onOpen: (taskId: string) => void }) {
  const { t } = useTranslation();
  return (
    <Table label={t("jobs.title")}>
      <thead>
        <tr>
          <Th>{t("jobs.kind")}</Th>
          <Th>{t("data.symbol")}</Th>
          <Th>{t("jobs.state")}</Th>
          <Th numeric>{t("jobs.attempt")}</Th>
          <Th>{t("jobs.by")}</Th>
          <Th numeric>{t("jobs.created")}</Th>
          <Th numeric>
            <span className="sr-only">{t("jobs.actions")}</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <Row key={job.task_id} job={job} onOpen={onOpen} />
        ))}
      </tbody>
    </Table>
  );
}
