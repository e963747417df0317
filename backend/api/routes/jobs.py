"""Every job: listed, looked into, cancelled, tried again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from backend.api.deps import RequestIdDep, RuntimeDep
from backend.api.problems import documented
from backend.api.schemas.common import Limit, Offset, TickerQuery
from backend.api.schemas.jobs import Job, JobAccepted, JobDetail, JobKind, JobPage, JobState, LogLine
from backend.api.submit import accept
from backend.errors import ConflictError
from backend.src.data import orm
from backend.src.jobs.job_store import ACTIVE, Submission
from backend.src.runtime import Runtime

router = APIRouter(prefix="/api/jobs", tags=["jobs"])


def _fields(runtime: Runtime, job: orm.Job) -> dict[str, object]:
    return {
        "task_id": job.id,
        "request": job.body,
        "queue_position": runtime.jobs.queue_position(job),
        **{
            name: getattr(job, name)
            for name in (
                "kind", "ticker", "state", "progress", "stage", "attempt", "result", "error", "cancel_requested",
                "worker", "requested_by", "trigger", "retry_of", "created_at", "started_at", "finished_at",
            )
        },
    }  # fmt: skip


@router.get("")
def list_jobs(
    runtime: RuntimeDep,
    state: Annotated[JobState | None, Query()] = None,
    kind: Annotated[JobKind | None, Query()] = None,
    ticker: TickerQuery = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> JobPage:
    """Jobs, newest first."""
    jobs, has_more = runtime.jobs.page(state=state, kind=kind, ticker=ticker, limit=limit, offset=offset)
    items = [Job.model_validate(_fields(runtime, job)) for job in jobs]
    return JobPage(items=items, limit=limit, offset=offset, has_more=has_more)


@router.get("/{task_id}", responses=documented(404))
def get_job(runtime: RuntimeDep, task_id: UUID) -> JobDetail:
    """One job with the tail of its log."""
    log = [LogLine.model_validate(line) for line in runtime.jobs.log_tail(task_id)]
    return JobDetail.model_validate({**_fields(runtime, runtime.jobs.get(task_id)), "log": log})


@router.delete("/{task_id}", responses=documented(404, 409))
def cancel_job(runtime: RuntimeDep, task_id: UUID) -> Job:
    """Cancel a job: a queued one at once, a running one at its next step."""
    return Job.model_validate(_fields(runtime, runtime.jobs.cancel(task_id)))


@router.post("/{task_id}/retry", status_code=202, responses=documented(404, 409))
def retry_job(runtime: RuntimeDep, task_id: UUID, request_id: RequestIdDep) -> JobAccepted:
    """Run a failed or cancelled job's request again, as a new job that names the old one."""
    old = runtime.jobs.get(task_id)
    if old.state in ACTIVE or old.state == "succeeded":
        raise ConflictError(f"The job is {old.state}; only failed or cancelled jobs can be tried again.")
    return accept(runtime, Submission(old.kind, old.queue, old.ticker, old.body, f"api:{request_id}", retry_of=old.id))
