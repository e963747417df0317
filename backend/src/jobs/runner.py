"""Runs one job under a lease: takes it, keeps it, reports, and ends it."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from uuid import UUID

import structlog
from botocore.exceptions import BotoCoreError
from clickhouse_connect.driver.exceptions import OperationalError as ClickHouseUnavailable
from sqlalchemy.exc import DBAPIError, OperationalError

from backend.errors import BellwetherError, JobCancelledError, LeaseLostError, UpstreamError
from backend.src.jobs.job_store import LEASE, JobStore, Lease

Handler = Callable[[Lease, "JobReporter"], dict[str, Any]]
"""Does a job's work and returns its result."""

TRANSIENT = (OperationalError, ClickHouseUnavailable, BotoCoreError, UpstreamError, ConnectionError, TimeoutError)
"""A store that restarts is no fault of the job: it goes back to the queue."""

log = structlog.get_logger(__name__)


class JobMeter(Protocol):
    """Is told of each job that its process starts and ends."""

    def started(self, kind: str, waited_seconds: float | None) -> None:
        """A job starts; how long it waited for that, when this is its first attempt."""

    def ended(self, kind: str, outcome: str, seconds: float) -> None:
        """What became of it, and how long it took."""


class JobReporter:
    """Writes a job's progress under its lease; stops the work when it was cancelled or taken over."""

    def __init__(self, store: JobStore, lease: Lease) -> None:
        self._store = store
        self._lease = lease

    def progress(self, fraction: float, stage: str) -> None:
        """Say how far the work is, from 0 to 1, and what it does now."""
        self._write(progress=min(max(fraction, 0.0), 1.0), stage=stage)

    def log(self, line: str) -> None:
        """Write one line that a person can read while the job runs."""
        self._store.log(self._lease, line)

    def partial(self, result: dict[str, Any]) -> None:
        """Publish what is known so far; it replaces the previous partial result."""
        self._write(partial=result)

    def _write(self, **values: Any) -> None:
        if self._store.report(self._lease, **values):
            raise JobCancelledError("Cancelled on request.")


class LeaseKeeper:
    """Renews a lease from a thread of its own while the work computes."""

    def __init__(self, store: JobStore, lease: Lease) -> None:
        self._store = store
        self._lease = lease
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease-{lease.job_id}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._done.wait(LEASE.total_seconds() / 4):
            try:
                if not self._store.renew(self._lease):
                    return  # the next report raises LeaseLostError in the working thread
            except DBAPIError as error:
                log.warning("lease not renewed", job_id=str(self._lease.job_id), error=str(error.orig))


class JobRunner:
    """Runs jobs of the kinds it has handlers for."""

    def __init__(
        self, store: JobStore, handlers: Mapping[str, Handler], worker: str, meter: JobMeter | None = None
    ) -> None:
        self._store = store
        self._handlers = handlers
        self._worker = worker
        self._meter = meter

    def run(self, job_id: UUID) -> str:
        """Run a job to its end.

        Returns:
            What became of it: `succeeded`, `failed`, `cancelled`, `requeued`, `lost` or `not taken`.
        """
        lease = self._store.take(job_id, self._worker)
        if lease is None:
            return "not taken"
        with structlog.contextvars.bound_contextvars(job_id=str(job_id), attempt=lease.attempt):
            outcome = self._measured(lease)
            log.info("job ended", kind=lease.kind, outcome=outcome)
        return outcome

    def _measured(self, lease: Lease) -> str:
        if self._meter is not None:
            self._meter.started(lease.kind, lease.waited_seconds)
        begun = time.monotonic()
        with LeaseKeeper(self._store, lease):
            outcome = self._work(lease)
        if self._meter is not None:
            self._meter.ended(lease.kind, outcome, time.monotonic() - begun)
        return outcome

    def _work(self, lease: Lease) -> str:
        try:
            result = self._handlers[lease.kind](lease, JobReporter(self._store, lease))
        except LeaseLostError:
            return "lost"
        except JobCancelledError as error:
            return self._end(lease, "cancelled", error.detail)
        except TRANSIENT as error:
            return self._again(lease, f"{type(error).__name__}: {error}")
        except BellwetherError as error:
            return self._end(lease, "failed", error.detail)
        except Exception as error:
            log.exception("job failed")
            return self._end(lease, "failed", f"{type(error).__name__}: {error}")
        return "succeeded" if self._store.finish(lease, "succeeded", result=result) else "lost"

    def _again(self, lease: Lease, error: str) -> str:
        log.warning("job hit a passing trouble", error=error)
        if self._store.release(lease, error):
            return "requeued"
        return self._end(lease, "failed", error)

    def _end(self, lease: Lease, state: str, error: str) -> str:
        self._store.log(lease, f"{state}: {error}")
        return state if self._store.finish(lease, state, error=error) else "lost"
