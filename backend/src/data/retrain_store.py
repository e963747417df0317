"""Whether champions were to be retrained: every decision with its reason, and what came of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from backend.src.data.monitor_orm import RetrainDecision
from backend.src.data.orm import Job, Model

SUBMITTED = "submitted"
SIMULATED = ".SIM"
"""How the names of simulated tickers end."""


class RetrainStore:
    """Reads and writes `retrain_decisions`."""

    def __init__(self, session_factory: sessionmaker[Session]) -> None:
        self._sessions = session_factory

    def newest(self, ticker: str, outcome: str | None = None) -> RetrainDecision | None:
        """A ticker's newest decision, of any outcome or of one."""
        query = select(RetrainDecision).where(RetrainDecision.ticker == ticker)
        if outcome is not None:
            query = query.where(RetrainDecision.outcome == outcome)
        with self._sessions() as session:
            return session.scalars(query.order_by(RetrainDecision.id.desc()).limit(1)).first()

    def add(self, values: dict[str, Any]) -> RetrainDecision:
        """Keep a decision."""
        with self._sessions.begin() as session:
            decision = RetrainDecision(**values)
            session.add(decision)
            session.flush()
            session.refresh(decision)
            session.expunge(decision)
            return decision

    def submitted_lately(self, *, simulated: bool) -> int:
        """How many trainings were submitted in the last 24 hours, of simulated tickers or of real ones."""
        like = RetrainDecision.ticker.endswith(SIMULATED, autoescape=True)
        query = (
            select(func.count())
            .select_from(RetrainDecision)
            .where(RetrainDecision.outcome == SUBMITTED, like if simulated else ~like)
            .where(RetrainDecision.at > func.now() - timedelta(days=1))
        )
        with self._sessions() as session:
            return session.scalar(query) or 0

    def in_training(self, ticker: str) -> UUID | None:
        """The job that trains a ticker now or is about to, whoever asked for it."""
        query = select(Job.id).where(Job.kind == "train", Job.ticker == ticker, Job.state.in_(("queued", "running")))
        with self._sessions() as session:
            return session.scalars(query.order_by(Job.created_at).limit(1)).first()

    def page(
        self, ticker: str | None, limit: int, offset: int
    ) -> tuple[list[tuple[RetrainDecision, int | None]], bool]:
        """Decisions, newest first, each with the model that came of it; and whether there are more."""
        query = select(RetrainDecision, Model.id).outerjoin(Model, Model.job_id == RetrainDecision.job_id)
        if ticker is not None:
            query = query.where(RetrainDecision.ticker == ticker)
        query = query.order_by(RetrainDecision.id.desc()).limit(limit + 1).offset(offset)
        with self._sessions() as session:
            found: list[tuple[RetrainDecision, int | None]] = [(row[0], row[1]) for row in session.execute(query)]
        return found[:limit], len(found) > limit
