"""One run of the ingest: what it fetched, what it will store, what it did."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pandas as pd

from backend.src.data.orm import Snapshot
from backend.src.data.price_store import Written
from backend.src.ingestion.sources.base import Fetched


@dataclass(frozen=True, slots=True)
class Batch:
    """What one run fetched, beside what was stored when it did."""

    run_id: UUID
    ticker: str
    source: str
    noise: float
    fetched: Fetched
    whole: bool
    """The answer is the whole history: what it lacks is withdrawn."""
    stored: pd.DataFrame
    fallback_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the series is to become."""

    batch: Batch
    bars: pd.DataFrame
    withdrawn: tuple[date, ...]
    quarantined: int
    gaps: tuple[date, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one run did."""

    run_id: UUID
    ticker: str
    source: str
    exchange: str
    fetched: int
    inserted: int
    corrected: int
    withdrawn: int
    unchanged: int
    quarantined: int
    published: int
    """Rows written to or taken out of ClickHouse."""
    rows: int
    first_session: date
    last_session: date
    snapshot: str
    gaps: tuple[date, ...]
    warnings: tuple[str, ...]
    fallback_reason: str | None

    @classmethod
    def of(cls, plan: Plan, written: Written, published: int, snapshot: Snapshot, rows: int) -> "IngestReport":
        """The report of a run that reached every store."""
        batch = plan.batch
        return cls(
            run_id=batch.run_id,
            ticker=batch.ticker,
            source=batch.source,
            exchange=batch.fetched.facts.exchange,
            fetched=len(batch.fetched.frame),
            inserted=written.inserted,
            corrected=written.corrected,
            withdrawn=written.withdrawn,
            unchanged=written.unchanged,
            quarantined=plan.quarantined,
            published=published,
            rows=rows,
            first_session=snapshot.first_session,
            last_session=snapshot.last_session,
            snapshot=snapshot.sha256,
            gaps=plan.gaps,
            warnings=plan.warnings,
            fallback_reason=batch.fallback_reason,
        )

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {name: _json(value) for name, value in asdict(self).items()}


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [str(each) for each in value]
    return value if value is None or isinstance(value, int) else str(value)
