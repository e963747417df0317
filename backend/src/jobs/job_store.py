"""Jobs as rows: the only SQL of the job system. A row is the truth, a broker's message is a hint."""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, and_, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from backend.errors import ConflictError, LeaseLostError, NotFoundError
from backend.src.data.orm import Job, JobLog

LEASE = timedelta(seconds=8)
"""How long a silent worker keeps a job. Renewed every quarter of it."""

RESEND_AFTER = timedelta(seconds=30)
"""A queued job whose message is older may have lost it: it is sent again, and a repeat is harmless."""

MAX_ATTEMPTS = 3
ACTIVE = ("queued", "running")
LOG_TAIL = 200


@dataclass(frozen=True)
class Lease:
    """The right to write to a job: valid while the job's row holds this fence."""

    job_id: UUID
    fence: int
    attempt: int
    kind: str
    body: dict[str, Any]
    waited_seconds: float | None = None
    """From accepted to started; None when it was started before."""


@dataclass(frozen=True)
class Submission:
    """What a caller asked for."""

    kind: str
    queue: str
    ticker: str | None
    body: dict[str, Any]
    requested_by: str
    idempotency_key: str | None = None
    retry_of: UUID | None = None
    trigger: dict[str, Any] | None = None
    """What set it off, when no person did; two triggers of the same work are one job."""

    @property
    def intent_key(self) -> str:
        """Two requests with the same intent have the same key."""
        canonical = json.dumps(self.body, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(f"{self.kind}:{canonical}".encode()).hexdigest()


class JobStore:
    """Every read and write of jobs, each in its own transaction."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def submit(self, wanted: Submission) -> tuple[Job, bool]:
        """Accept a job, or find the one that the same intent already has.

        Returns:
            The job, and whether it is new.

        Raises:
            ConflictError: the idempotency key was used for another request.
        """
        with self._sessions.begin() as session:
            repeated = self._by_idempotency_key(session, wanted)
            if repeated is not None:
                return repeated, False
            while True:
                created = session.scalars(_insert(wanted)).one_or_none()
                if created is not None:
                    return created, True
                active = session.scalars(
                    select(Job).where(
                        Job.kind == wanted.kind, Job.intent_key == wanted.intent_key, Job.state.in_(ACTIVE)
                    )
                ).one_or_none()
                if active is not None:
                    return active, False
                repeated = self._by_idempotency_key(session, wanted)
                if repeated is not None:
                    return repeated, False

    @staticmethod
    def _by_idempotency_key(session: Session, wanted: Submission) -> Job | None:
        if wanted.idempotency_key is None:
            return None
        job = session.scalars(select(Job).where(Job.idempotency_key == wanted.idempotency_key)).one_or_none()
        if job is not None and (job.kind, job.intent_key) != (wanted.kind, wanted.intent_key):
            raise ConflictError("This Idempotency-Key was used for another request; use a new key.")
        return job

    def mark_sent(self, job_id: UUID) -> None:
        """Remember that the job's message is with the broker."""
        with self._sessions.begin() as session:
            session.execute(update(Job).where(Job.id == job_id).values(sent_at=func.now()))

    def take(self, job_id: UUID, worker: str) -> Lease | None:
        """Start a job, or nothing: it is done, cancelled, or another worker's."""
        free = or_(Job.state == "queued", and_(Job.state == "running", Job.lease_until < func.now()))
        with self._sessions.begin() as session:
            row = session.execute(
                update(Job)
                .where(Job.id == job_id, free, Job.cancel_requested.is_(False))
                .values(
                    state="running",
                    fence=Job.fence + 1,
                    attempt=Job.attempt + 1,
                    lease_until=func.now() + LEASE,
                    started_at=func.coalesce(Job.started_at, func.now()),
                    worker=worker,
                    error=None,
                )
                .returning(Job.fence, Job.attempt, Job.kind, Job.body, Job.started_at - Job.created_at)
            ).one_or_none()
        if row is None:
            return None
        fence, attempt, kind, body, waited = row
        return Lease(job_id, fence, attempt, kind, body, waited.total_seconds() if attempt == 1 else None)

    def renew(self, lease: Lease) -> bool:
        """Keep a lease; False when it is another's now."""
        return self._write(lease, lease_until=func.now() + LEASE)

    def report(self, lease: Lease, **values: Any) -> bool:
        """Write progress, stage or a partial result under the lease; tells whether someone asked to cancel.

        Raises:
            LeaseLostError: another worker holds the job now.
        """
        with self._sessions.begin() as session:
            cancel = session.execute(
                update(Job).where(*_held(lease)).values(**values).returning(Job.cancel_requested)
            ).scalar_one_or_none()
        if cancel is None:
            raise LeaseLostError(f"Job {lease.job_id} was taken over by another worker.")
        return cancel

    def finish(
        self, lease: Lease, state: str, *, result: dict[str, Any] | None = None, error: str | None = None
    ) -> bool:
        """End a job under the lease; False when it is another's now."""
        values: dict[str, Any] = {"state": state, "error": error, "finished_at": func.now(), "lease_until": None}
        if state == "succeeded":
            values |= {"result": result, "progress": 1.0, "stage": "done"}
        return self._write(lease, **values)

    def release(self, lease: Lease, error: str) -> bool:
        """Give a job back to the queue after a passing trouble; False when it has used up its attempts."""
        if lease.attempt >= MAX_ATTEMPTS:
            return False
        return self._write(lease, state="queued", lease_until=None, sent_at=None, error=error)

    def _write(self, lease: Lease, **values: Any) -> bool:
        with self._sessions.begin() as session:
            statement = update(Job).where(*_held(lease)).values(**values).returning(Job.id)
            return session.execute(statement).one_or_none() is not None

    def log(self, lease: Lease, line: str) -> None:
        """Append a line to the job's log."""
        with self._sessions.begin() as session:
            session.add(JobLog(job_id=lease.job_id, attempt=lease.attempt, line=line[:2000]))

    def reap(self) -> list[tuple[UUID, str]]:
        """Take back jobs that lost their worker, and name those to be sent (again), with their queues.

        A job that lost its worker `MAX_ATTEMPTS` times fails: something in it kills workers.
        """
        lost = and_(Job.state == "running", Job.lease_until < func.now())
        with self._sessions.begin() as session:
            if not session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext('jobs.reap'))")):
                return []
            session.execute(
                update(Job)
                .where(lost, Job.cancel_requested)
                .values(state="cancelled", finished_at=func.now(), lease_until=None)
            )
            session.execute(
                update(Job)
                .where(lost, Job.attempt >= MAX_ATTEMPTS)
                .values(
                    state="failed",
                    finished_at=func.now(),
                    lease_until=None,
                    error=f"Its worker was lost {MAX_ATTEMPTS} times; it is not tried again.",
                )
            )
            session.execute(update(Job).where(lost).values(state="queued", lease_until=None, sent_at=None))
            unsent = or_(Job.sent_at.is_(None), Job.sent_at < func.now() - RESEND_AFTER)
            rows = session.execute(
                select(Job.id, Job.queue).where(Job.state == "queued", unsent).order_by(Job.created_at).limit(100)
            )
            return [(row.id, row.queue) for row in rows]

    def cancel(self, job_id: UUID) -> Job:
        """Cancel a queued job at once, a running one at its next report.

        Raises:
            NotFoundError: no such job.
            ConflictError: it has already ended.
        """
        with self._sessions.begin() as session:
            job = session.get(Job, job_id, with_for_update=True)
            if job is None:
                raise _no_such(job_id)
            if job.state not in ACTIVE:
                raise ConflictError(f"The job is {job.state} already; only queued or running jobs can be cancelled.")
            job.cancel_requested = True
            if job.state == "queued":
                job.state = "cancelled"
                job.finished_at = session.execute(select(func.now())).scalar_one()
            return job

    def get(self, job_id: UUID) -> Job:
        """One job.

        Raises:
            NotFoundError: no such job.
        """
        with self._sessions() as session:
            job = session.get(Job, job_id)
        if job is None:
            raise _no_such(job_id)
        return job

    def active_of(self, ticker: str) -> list[UUID]:
        """A ticker's jobs that wait or run."""
        with self._sessions() as session:
            return list(session.scalars(select(Job.id).where(Job.ticker == ticker, Job.state.in_(ACTIVE))))

    def log_tail(self, job_id: UUID) -> list[JobLog]:
        """The last lines of a job's log, oldest first."""
        newest = select(JobLog).where(JobLog.job_id == job_id).order_by(JobLog.id.desc()).limit(LOG_TAIL)
        with self._sessions() as session:
            return list(reversed(session.scalars(newest).all()))

    def queue_position(self, job: Job) -> int | None:
        """How many jobs of the same queue were accepted before this one and still wait."""
        if job.state != "queued":
            return None
        with self._sessions() as session:
            return session.scalar(
                select(func.count()).where(
                    Job.queue == job.queue, Job.state == "queued", Job.created_at < job.created_at
                )
            )

    def page(
        self, *, state: str | None, kind: str | None, ticker: str | None, limit: int, offset: int
    ) -> tuple[list[Job], bool]:
        """Jobs, newest first, and whether there are more."""
        statement: Select[Job] = select(Job).order_by(Job.created_at.desc(), Job.id)
        filters = {Job.state: state, Job.kind: kind, Job.ticker: ticker}
        for column, value in filters.items():
            if value is not None:
                statement = statement.where(column == value)
        with self._sessions() as session:
            rows = session.scalars(statement.limit(limit + 1).offset(offset)).all()
        return list(rows[:limit]), len(rows) > limit

    def counts(self) -> dict[tuple[str, str], int]:
        """Jobs by kind and state."""
        with self._sessions() as session:
            rows = session.execute(select(Job.kind, Job.state, func.count()).group_by(Job.kind, Job.state))
            return {(kind, state): count for kind, state, count in rows}

    def waiting(self) -> dict[str, tuple[int, float]]:
        """Queued jobs by queue: how many, and for how many seconds the oldest has waited."""
        oldest = func.extract("epoch", func.now() - func.min(Job.created_at))
        with self._sessions() as session:
            rows = session.execute(
                select(Job.queue, func.count(), oldest).where(Job.state == "queued").group_by(Job.queue)
            )
            return {queue: (count, float(seconds)) for queue, count, seconds in rows}


def guard(session: Session, lease: Lease) -> None:
    """Hold the job's row for the rest of this transaction, so that what it writes is written under the fence.

    Raises:
        LeaseLostError: another worker holds the job now.
    """
    if session.execute(select(Job.id).where(*_held(lease)).with_for_update()).one_or_none() is None:
        raise LeaseLostError(f"Job {lease.job_id} was taken over by another worker.")


def _held(lease: Lease) -> tuple[Any, ...]:
    return (Job.id == lease.job_id, Job.fence == lease.fence, Job.state == "running")


def _insert(wanted: Submission) -> Any:
    values = {
        "id": uuid4(),
        "kind": wanted.kind,
        "queue": wanted.queue,
        "intent_key": wanted.intent_key,
        "idempotency_key": wanted.idempotency_key,
        "ticker": wanted.ticker,
        "body": wanted.body,
        "state": "queued",
        "requested_by": wanted.requested_by,
        "retry_of": wanted.retry_of,
        "trigger": wanted.trigger,
    }
    return insert(Job).values(values).on_conflict_do_nothing().returning(Job)


def _no_such(job_id: UUID) -> NotFoundError:
    return NotFoundError(f"There is no job {job_id}; GET /api/jobs lists them.")
