"""Scheduled work as rows: who claimed what was due, and what became of it."""

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session, sessionmaker

from backend.src.data.monitor_orm import ScheduledRun

RUNNING, SUCCEEDED, FAILED, SKIPPED = "running", "succeeded", "failed", "skipped"

Claim = Literal["claimed", "done", "first seen"]

_ABANDONED_AFTER = timedelta(hours=2)
"""A run that is older lost its process."""

_TRIES_AGAIN_AFTER = timedelta(minutes=30)
"""A run that failed is tried again when it is asked for later than that."""


class ScheduledRunStore:
    """Reads and writes `scheduled_runs`."""

    def __init__(self, session_factory: sessionmaker[Session]) -> None:
        self._sessions = session_factory

    def claim(self, schedule: str, subject: str, due: datetime) -> Claim:
        """Take what is due, so that nobody else does it.

        Who is seen for the first time has missed nothing: the row says `skipped`, and the next due is its first.
        """
        key = {"schedule": schedule, "subject": subject}
        known = select(func.count()).select_from(ScheduledRun).filter_by(**key)
        with self._sessions.begin() as session:
            first = session.scalar(known) == 0
            values = {**key, "due": due, "state": SKIPPED if first else RUNNING}
            statement = insert(ScheduledRun).values(values)
            taken = statement.on_conflict_do_update(
                index_elements=["schedule", "subject", "due"],
                set_={"state": RUNNING, "started_at": func.now(), "finished_at": None, "error": None, "result": None},
                where=_may_be_tried_again(),
            ).returning(ScheduledRun.due)
            if session.execute(taken).one_or_none() is None:
                return "done"
        return "first seen" if first else "claimed"

    def finish(
        self, schedule: str, subject: str, due: datetime, *, result: dict[str, Any] | None, error: str | None
    ) -> None:
        """Say what became of a claim."""
        state = SUCCEEDED if error is None else FAILED
        run = update(ScheduledRun).filter_by(schedule=schedule, subject=subject, due=due)
        with self._sessions.begin() as session:
            session.execute(run.values(state=state, result=result, error=error, finished_at=func.now()))

    def latest(self) -> dict[tuple[str, str], ScheduledRun]:
        """The newest run of each schedule and subject."""
        key = (ScheduledRun.schedule, ScheduledRun.subject)
        query = select(ScheduledRun).ext(distinct_on(*key)).order_by(*key, ScheduledRun.due.desc())
        with self._sessions() as session:
            return {(run.schedule, run.subject): run for run in session.scalars(query)}


def _may_be_tried_again() -> Any:
    abandoned = and_(ScheduledRun.state == RUNNING, ScheduledRun.started_at < func.now() - _ABANDONED_AFTER)
    failed = and_(ScheduledRun.state == FAILED, ScheduledRun.started_at < func.now() - _TRIES_AGAIN_AFTER)
    return or_(abandoned, failed)
