"""Sends jobs to the workers. Losing a message loses no job: the reaper sends it again."""

from typing import Protocol
from uuid import UUID

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

from backend.src.data.orm import Job
from backend.src.jobs.job_store import JobStore, Submission

TASK = "bellwether.run_job"
QUEUES = {
    "train": "train",
    "ingest": "ingest",
    "predict": "predict",
    "backfill": "train",
    "reproduce": "train",
    "review": "ingest",
    "drift": "train",
    "what_if": "train",
}

log = structlog.get_logger(__name__)


class Sender(Protocol):
    """Puts one job's message on a queue."""

    def __call__(self, job_id: UUID, queue: str) -> None:
        """Send, or raise `kombu.exceptions.OperationalError`."""


class CelerySender:
    """Sends over Celery without waiting for a broker that is away."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def __call__(self, job_id: UUID, queue: str) -> None:
        """Send the job's id; the task id is the job's, so that Flower and our API name the same thing."""
        self._app.send_task(TASK, args=[str(job_id)], queue=queue, task_id=str(job_id), retry=False)


class JobQueue:
    """Accepts jobs and gets them to the workers."""

    def __init__(self, store: JobStore, send: Sender) -> None:
        self._store = store
        self._send = send

    def submit(self, wanted: Submission) -> tuple[Job, bool]:
        """Accept a job and send it; a broker that is away only delays it."""
        job, created = self._store.submit(wanted)
        if created:
            self._try_send(job.id, job.queue)
        return job, created

    def reap(self) -> None:
        """Take back what lost its worker and send what waits without a message."""
        for job_id, queue in self._store.reap():
            self._try_send(job_id, queue)

    def _try_send(self, job_id: UUID, queue: str) -> None:
        try:
            self._send(job_id, queue)
        except OperationalError as error:
            log.warning("job not sent, the reaper will", job_id=str(job_id), error=str(error))
            return
        self._store.mark_sent(job_id)
