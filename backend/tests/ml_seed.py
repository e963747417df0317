"""Puts a made-up ticker with real bars into the stack's stores, and takes its traces out of the tables again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pandas as pd
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from backend.errors import JobCancelledError
from backend.src.data.orm import Deployment, Job, Model, PromotionDecision, PromotionPolicy, Snapshot
from backend.src.features.indicators import INDICATOR_COLUMNS
from backend.src.registry.tracking import Tracker
from backend.src.runtime import Runtime
from backend.src.training.trainer import Trainer
from backend.tests.sample_bars import sample_bars

SOURCE = "sample"
JOB_KIND = "test-training"


@dataclass
class Recorder:
    """A reporter that keeps what it is told, and can be cancelled at a stage."""

    cancel_at: str = ""
    stages: list[str] = field(default_factory=list)
    fractions: list[float] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def progress(self, fraction: float, stage: str) -> None:
        self.fractions.append(fraction)
        self.stages.append(stage)
        if stage == self.cancel_at:
            raise JobCancelledError("Cancelled on request.")

    def log(self, line: str) -> None:
        self.lines.append(line)

    def partial(self, result: dict[str, Any]) -> None:
        raise AssertionError(f"a training has no partial result: {result}")


def allow(_: Session) -> None:
    """The job still holds its fence."""


class Market:
    """Made-up tickers in the stack."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.tickers: list[str] = []
        self.jobs: list[UUID] = []

    def ticker(self) -> str:
        """A name that no one holds."""
        self.tickers.append(f"T{uuid4().hex[:8].upper()}")
        return self.tickers[-1]

    def hold(self, ticker: str, bars: pd.DataFrame | None = None, exchange: str = "XNAS") -> Snapshot:
        """Store bars (by default those of FB) as a snapshot and in ClickHouse."""
        held = sample_bars("FB") if bars is None else bars
        snapshot = self.runtime.snapshots.put(held, ticker, exchange, SOURCE)
        self.insert(held, snapshot)
        return snapshot

    def insert(self, bars: pd.DataFrame, snapshot: Snapshot) -> None:
        """Write bars to ClickHouse alone."""
        rows = bars.assign(
            ticker=snapshot.ticker,
            source=SOURCE,
            exchange=snapshot.exchange,
            currency="USD",
            snapshot=snapshot.sha256,
            version=snapshot.seq,
            **dict.fromkeys(INDICATOR_COLUMNS, float("nan")),
        )
        columns = [row[0] for row in self.runtime.clickhouse.query("DESCRIBE bars").result_rows]
        self.runtime.bars.insert(rows[columns], f"{snapshot.sha256}:{len(rows)}")

    def job(self) -> UUID:
        """A job's row, for models to point to."""
        job_id = uuid4()
        with self.runtime.meta_sessions.begin() as session:
            values = {"body": {}, "state": "running", "requested_by": "tests", "queue": "nobody"}
            session.add(Job(id=job_id, kind=JOB_KIND, intent_key=job_id.hex, **values))
        self.jobs.append(job_id)
        return job_id

    def trainer(self, tracking_uri: str | None = None) -> Trainer:
        """A trainer on the stack's stores."""
        runtime = self.runtime
        tracker = Tracker(tracking_uri or str(runtime.settings.mlflow_tracking_uri))
        return Trainer(
            runtime.meta_sessions, runtime.snapshots, runtime.model_files, runtime.evaluations, tracker, "0" * 40
        )

    def models_of(self, ticker: str) -> list[Model]:
        """Every model row of a ticker."""
        with self.runtime.meta_sessions() as session:
            return list(session.scalars(select(Model).where(Model.ticker == ticker).order_by(Model.id)))

    def clear(self) -> None:
        """Leave the tables as they were."""
        with self.runtime.meta_sessions.begin() as session:
            for table in (Deployment, PromotionDecision, PromotionPolicy):
                session.execute(delete(table).where(table.ticker.in_(self.tickers)))
            session.execute(delete(Model).where(or_(Model.ticker.in_(self.tickers), Model.job_id.in_(self.jobs))))
            session.execute(delete(Snapshot).where(Snapshot.ticker.in_(self.tickers)))
            session.execute(delete(Job).where(Job.id.in_(self.jobs)))


def market(runtime: Runtime) -> Iterator[Market]:
    """For a fixture: a market that is cleared in the end."""
    made = Market(runtime)
    yield made
    made.clear()
