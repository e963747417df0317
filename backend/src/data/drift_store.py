"""Drift checks: what was found when a champion's newest sessions were laid beside its training."""

from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, sessionmaker

from backend.errors import NotFoundError
from backend.src.data.monitor_orm import DriftCheck


class DriftStore:
    """Reads and writes `drift_checks`."""

    def __init__(self, session_factory: sessionmaker[Session]) -> None:
        self._sessions = session_factory

    def get(self, check_id: int) -> DriftCheck:
        """One check.

        Raises:
            NotFoundError: there is none.
        """
        with self._sessions() as session:
            found = session.get(DriftCheck, check_id)
        if found is None:
            raise NotFoundError(f"There is no drift check {check_id}. GET /api/drift lists those there are.")
        return found

    def of(self, model_id: int, last_session: date) -> DriftCheck | None:
        """The check of a model at a session, if it was made."""
        query = select(DriftCheck).where(DriftCheck.model_id == model_id, DriftCheck.last_session == last_session)
        with self._sessions() as session:
            return session.scalars(query.order_by(DriftCheck.id.desc()).limit(1)).first()

    def recent(self, ticker: str, model_id: int, limit: int) -> list[DriftCheck]:
        """A model's newest checks, the newest first."""
        query = select(DriftCheck).where(DriftCheck.ticker == ticker, DriftCheck.model_id == model_id)
        with self._sessions() as session:
            return list(session.scalars(query.order_by(DriftCheck.id.desc()).limit(limit)))

    def newest(self) -> list[DriftCheck]:
        """The newest check of each ticker."""
        query = select(DriftCheck).ext(distinct_on(DriftCheck.ticker))
        with self._sessions() as session:
            return list(session.scalars(query.order_by(DriftCheck.ticker, DriftCheck.id.desc())))

    def page(self, ticker: str | None, limit: int, offset: int) -> tuple[list[DriftCheck], bool]:
        """Checks, newest first, and whether there are more."""
        query = select(DriftCheck).order_by(DriftCheck.id.desc())
        if ticker is not None:
            query = query.where(DriftCheck.ticker == ticker)
        with self._sessions() as session:
            found = list(session.scalars(query.limit(limit + 1).offset(offset)))
        return found[:limit], len(found) > limit

    def add(self, values: dict[str, Any]) -> DriftCheck:
        """Keep a check."""
        with self._sessions.begin() as session:
            check = DriftCheck(**values)
            session.add(check)
            session.flush()
            session.refresh(check)
            session.expunge(check)
            return check

    def set_report(self, check_id: int, report_key: str, job_id: object) -> None:
        """Note where a check's report lies and which job made it."""
        values = {"report_key": report_key, "job_id": job_id}
        with self._sessions.begin() as session:
            session.execute(update(DriftCheck).where(DriftCheck.id == check_id).values(values))
