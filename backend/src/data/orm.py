"""The only definitions of our Postgres tables: raw_db (`RawBase`) and model_meta_db (`MetaBase`)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
_TYPES = {datetime: DateTime(timezone=True), dict[str, Any]: JSONB, list[Any]: JSONB, str: Text, int: BigInteger}


class RawBase(DeclarativeBase):
    """Tables of raw_db: what the sources said."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = _TYPES


class MetaBase(DeclarativeBase):
    """Tables of model_meta_db: models, evidence, jobs, events."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = _TYPES


class Instrument(RawBase):
    """A symbol that is held, and the source whose series is served."""

    __tablename__ = "instruments"

    ticker: Mapped[str] = mapped_column(String(15), primary_key=True)
    exchange: Mapped[str] = mapped_column(String(4))
    currency: Mapped[str] = mapped_column(String(3))
    name: Mapped[str]
    name_zh: Mapped[str | None]
    source: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class RawPrice(RawBase):
    """One session's bar as a source gave it: unadjusted OHLCV and that day's split and dividend."""

    __tablename__ = "raw_prices"

    ticker: Mapped[str] = mapped_column(String(15), primary_key=True)
    session: Mapped[date] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(16), primary_key=True)
    open: Mapped[float]
    high: Mapped[float]
    low: Mapped[float]
    close: Mapped[float]
    adj_close: Mapped[float]
    volume: Mapped[int]
    dividend: Mapped[float] = mapped_column(server_default=text("0"))
    split_ratio: Mapped[float] = mapped_column(server_default=text("1"))
    ingest_id: Mapped[UUID]
    fetched_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class PriceCorrection(RawBase):
    """A bar that a source changed after we had stored it."""

    __tablename__ = "price_corrections"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ticker: Mapped[str] = mapped_column(String(15), index=True)
    session: Mapped[date]
    source: Mapped[str] = mapped_column(String(16))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    ingest_id: Mapped[UUID]
    corrected_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class IngestRun(RawBase):
    """One run of the ingest for one ticker: what came in and what became of it."""

    __tablename__ = "ingest_runs"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    ticker: Mapped[str] = mapped_column(String(15), index=True)
    source: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    fetched: Mapped[int] = mapped_column(server_default=text("0"))
    inserted: Mapped[int] = mapped_column(server_default=text("0"))
    corrected: Mapped[int] = mapped_column(server_default=text("0"))
    quarantined: Mapped[int] = mapped_column(server_default=text("0"))
    snapshot: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str | None]
    fallback_reason: Mapped[str | None]
    started_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    finished_at: Mapped[datetime | None]


class Quarantine(MetaBase):
    """A bar that was refused, as it came, with the reason."""

    __tablename__ = "quarantine"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ticker: Mapped[str] = mapped_column(String(15), index=True)
    source: Mapped[str] = mapped_column(String(16))
    session: Mapped[date | None]
    reason: Mapped[str]
    row: Mapped[dict[str, Any]]
    row_sha256: Mapped[str] = mapped_column(String(64))
    ingest_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (UniqueConstraint("ticker", "source", "reason", "row_sha256"),)


class Snapshot(MetaBase):
    """An immutable Parquet file of one ticker's series, addressed by the hash of its content."""

    __tablename__ = "snapshots"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(Identity(), unique=True)
    ticker: Mapped[str] = mapped_column(String(15), index=True)
    exchange: Mapped[str] = mapped_column(String(4))
    source: Mapped[str] = mapped_column(String(16))
    first_session: Mapped[date]
    last_session: Mapped[date]
    rows: Mapped[int]
    uri: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Job(MetaBase):
    """Work that was accepted. The row is the truth; the Celery message is a hint."""

    __tablename__ = "jobs"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    queue: Mapped[str] = mapped_column(String(16))
    intent_key: Mapped[str] = mapped_column(String(64))
    idempotency_key: Mapped[str | None] = mapped_column(String(128), unique=True)
    ticker: Mapped[str | None] = mapped_column(String(15))
    body: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16))
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    fence: Mapped[int] = mapped_column(server_default=text("0"))
    lease_until: Mapped[datetime | None]
    worker: Mapped[str | None]
    progress: Mapped[float] = mapped_column(server_default=text("0"))
    stage: Mapped[str | None]
    partial: Mapped[dict[str, Any] | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]
    cancel_requested: Mapped[bool] = mapped_column(server_default=text("false"))
    requested_by: Mapped[str]
    trigger: Mapped[dict[str, Any] | None]
    retry_of: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    sent_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_jobs_active_intent",
            "kind",
            "intent_key",
            unique=True,
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index("ix_jobs_active", "state", postgresql_where=text("state IN ('queued', 'running')")),
        Index("ix_jobs_created_at", "created_at"),
    )


class JobLog(MetaBase):
    """A line that a job wrote while it ran."""

    __tablename__ = "job_logs"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    attempt: Mapped[int]
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    line: Mapped[str]


class Model(MetaBase):
    """A trained model with the evidence that it came with. Rows never change, but for their deletion mark."""

    __tablename__ = "models"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ticker: Mapped[str] = mapped_column(String(15), index=True)
    exchange: Mapped[str] = mapped_column(String(4))
    source: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    model_type: Mapped[str] = mapped_column(String(32))
    params: Mapped[dict[str, Any]]
    seed: Mapped[int]
    feature_names: Mapped[list[Any]]
    feature_version: Mapped[str] = mapped_column(String(64))
    horizons: Mapped[list[Any]]
    snapshot: Mapped[str] = mapped_column(ForeignKey("snapshots.sha256"))
    train_start: Mapped[date]
    train_end: Mapped[date]
    artifact_uri: Mapped[str | None]
    artifact_sha256: Mapped[str | None] = mapped_column(String(64))
    artifact_bytes: Mapped[int | None]
    evaluation_sha256: Mapped[str | None] = mapped_column(String(64))
    metrics: Mapped[dict[str, Any]]
    evidence: Mapped[dict[str, Any]]
    verdict: Mapped[str]
    mlflow_run_id: Mapped[str | None]
    git_commit: Mapped[str]
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id"), unique=True)
    trigger: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    deleted_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("ticker", "version", name="uq_models_ticker_version"),)


class Deployment(MetaBase):
    """The ledger: which model an alias pointed to from when, who or what moved it, why, on which evidence.

    A row says it for one graded horizon, and whether the model's own forecast serves there or "no change" in its bands.
    `mirrored_at` is when MLflow was told.
    """

    __tablename__ = "deployments"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ticker: Mapped[str] = mapped_column(String(15))
    alias: Mapped[str] = mapped_column(String(16))
    horizon: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    model_id: Mapped[int | None] = mapped_column(ForeignKey("models.id"))
    previous_model_id: Mapped[int | None] = mapped_column(ForeignKey("models.id"))
    serves: Mapped[str] = mapped_column(String(8), server_default="model")
    serves_reason: Mapped[str] = mapped_column(server_default="Recorded before forecasts were gated")
    actor: Mapped[str]
    reason: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    mirrored_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_deployments_ticker_alias", "ticker", "alias", "horizon", "id"),
        Index("ix_deployments_unmirrored", "id", postgresql_where=text("mirrored_at IS NULL")),
    )


class PromotionPolicy(MetaBase):
    """What becomes of a challenger that has shown to be better: nothing, a proposal, or its promotion."""

    __tablename__ = "promotion_policies"

    ticker: Mapped[str] = mapped_column(String(15), primary_key=True)
    policy: Mapped[str] = mapped_column(String(8))
    actor: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class PromotionDecision(MetaBase):
    """What was found when a model was last compared with a champion, at one graded horizon.

    `at` is when its outcome became what it is, `looked_at` when it was last looked at, `looks` how often.
    """

    __tablename__ = "promotion_decisions"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ticker: Mapped[str] = mapped_column(String(15))
    horizon: Mapped[int] = mapped_column(SmallInteger)
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    champion_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    policy: Mapped[str] = mapped_column(String(8))
    outcome: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    looks: Mapped[int] = mapped_column(server_default=text("1"))
    looked_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        UniqueConstraint("model_id", "champion_id", "horizon", name="uq_promotion_decisions_pair"),
        Index("ix_promotion_decisions_champion", "champion_id", "horizon", "id"),
    )


class OutboxEvent(MetaBase):
    """An event that must reach its sink. The row goes when the sink is known to have it."""

    __tablename__ = "outbox"

    seq: Mapped[int] = mapped_column(Identity(), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    topic: Mapped[str]
    key: Mapped[str]
    payload: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    sent_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_outbox_unsent", "seq", postgresql_where=text("sent_at IS NULL")),)
