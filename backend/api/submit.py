"""From a checked request to an accepted job."""

from typing import Any

from backend.api.schemas.jobs import JobAccepted
from backend.src.jobs.job_store import Submission
from backend.src.jobs.queue import QUEUES
from backend.src.runtime import Runtime


def submit(
    runtime: Runtime,
    kind: str,
    ticker: str,
    body: dict[str, Any],
    *,
    request_id: str,
    idempotency_key: str | None = None,
) -> JobAccepted:
    """Accept a job, or name the one that the same request already has.

    Raises:
        ConflictError: the idempotency key was used for another request.
    """
    wanted = Submission(
        kind=kind,
        queue=QUEUES[kind],
        ticker=ticker,
        body=body,
        requested_by=f"api:{request_id}",
        idempotency_key=idempotency_key,
    )
    return accept(runtime, wanted)


def accept(runtime: Runtime, wanted: Submission) -> JobAccepted:
    """Accept a submission as it stands."""
    job, created = runtime.queue.submit(wanted)
    return JobAccepted.model_validate(
        {
            "task_id": job.id,
            "kind": job.kind,
            "state": job.state,
            "created": created,
            "status_url": f"/api/jobs/{job.id}",
        }
    )
