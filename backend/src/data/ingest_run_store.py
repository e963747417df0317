"""The runs of the ingest and what became of them."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from backend.src.data.orm import IngestRun

RUNNING, SUCCEEDED, FAILED = "running", "succeeded", "failed"


class IngestRunStore:
    """Reads and writes `ingest_runs`."""

    def __init__(self, session_factory: sessionmaker[Session]) -> None:
        self._sessions = session_factory

    def begin(self, ticker: str, source: str) -> UUID:
        """A new running row. A row of the ticker that still runs lost its process, and is closed as failed."""
        interrupted = (
            update(IngestRun)
            .where(IngestRun.ticker == ticker, IngestRun.state == RUNNING)
            .values(state=FAILED, error="Interrupted: its process ended before the run did.", finished_at=func.now())
        )
        run = IngestRun(id=uuid4(), ticker=ticker, source=source, state=RUNNING)
        with self._sessions.begin() as session:
            session.execute(interrupted)
            session.add(run)
        return run.id

    def note(self, run_id: UUID, **values: Any) -> None:
        """Write down what the run found out on its way: its source, why it fell back, counts."""
        with self._sessions.begin() as session:
            session.execute(update(IngestRun).where(IngestRun.id == run_id).values(**values))

    def finish(self, run_id: UUID, state: str, **outcome: Any) -> None:
        """Close a row with its outcome: counts, snapshot, error."""
        self.note(run_id, state=state, finished_at=func.now(), **outcome)

    def page(self, ticker: str | None = None, limit: int = 50, offset: int = 0) -> tuple[list[IngestRun], int]:
        """One page of runs, newest first, and how many there are."""
        query = select(IngestRun)
        if ticker is not None:
            query = query.where(IngestRun.ticker == ticker)
        page = query.order_by(IngestRun.started_at.desc()).limit(limit).offset(offset)
        with self._sessions() as session:
            total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
            return list(session.scalars(page)), total

    def latest(self, ticker: str) -> IngestRun | None:
        """The newest run of a ticker."""
        runs, _ = self.page(ticker, limit=1)
        return runs[0] if runs else None
