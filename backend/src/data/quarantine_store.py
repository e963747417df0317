"""Bars that were refused, as they came, with the reason."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from backend.src.data.orm import Quarantine


@dataclass(frozen=True, slots=True)
class RefusedBar:
    """One bar that broke a rule: `row` holds JSON values only (NaN as text)."""

    session: date | None
    reason: str
    row: dict[str, Any]


class QuarantineStore:
    """Reads and writes `quarantine`."""

    def __init__(self, session_factory: sessionmaker[Session]) -> None:
        self._sessions = session_factory

    def add(self, ticker: str, source: str, bars: Sequence[RefusedBar], ingest_id: UUID) -> None:
        """Keep the bars; one that was refused before for the same reason is not kept twice."""
        if not bars:
            return
        rows = [
            {
                "ticker": ticker,
                "source": source,
                "session": bar.session,
                "reason": bar.reason,
                "row": bar.row,
                "row_sha256": hashlib.sha256(json.dumps(bar.row, sort_keys=True).encode()).hexdigest(),
                "ingest_id": ingest_id,
            }
            for bar in bars
        ]
        with self._sessions.begin() as session:
            session.execute(insert(Quarantine).on_conflict_do_nothing(), rows)

    def page(self, ticker: str | None = None, limit: int = 50, offset: int = 0) -> tuple[list[Quarantine], int]:
        """One page of refused bars, newest first, and how many there are."""
        query = select(Quarantine)
        if ticker is not None:
            query = query.where(Quarantine.ticker == ticker)
        page = query.order_by(Quarantine.id.desc()).limit(limit).offset(offset)
        with self._sessions() as session:
            total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
            return list(session.scalars(page)), total

    def counts(self) -> dict[tuple[str, str], int]:
        """How many bars of each (ticker, source) were ever refused."""
        query = select(Quarantine.ticker, Quarantine.source, func.count()).group_by(
            Quarantine.ticker, Quarantine.source
        )
        with self._sessions() as session:
            return {(ticker, source): count for ticker, source, count in session.execute(query)}
