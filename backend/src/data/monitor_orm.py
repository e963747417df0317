"""Tables of what is watched, in model_meta_db: alerts, drift checks, retraining decisions, scheduled runs."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.src.data.orm import MetaBase


class Alert(MetaBase):
    """One trouble from its first sight to its end. While it fires there is one row of its key."""

    __tablename__ = "alerts"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    alert_key: Mapped[str]
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64))
    severity: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8))
    summary: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    count: Mapped[int]
    told_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]

    __table_args__ = (
        Index("uq_alerts_firing", "alert_key", unique=True, postgresql_where=text("state = 'firing'")),
        Index("ix_alerts_alert_key", "alert_key", "id"),
        Index("ix_alerts_last_seen", "last_seen"),
    )


class AlertMute(MetaBase):
    """Nobody wants to be told of this trouble until then. It is still recorded."""

    __tablename__ = "alert_mutes"

    alert_key: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]
    actor: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class DriftCheck(MetaBase):
    """A champion's newest sessions beside those that it was trained on."""

    __tablename__ = "drift_checks"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ticker: Mapped[str] = mapped_column(String(15))
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    first_session: Mapped[date]
    last_session: Mapped[date]
    sessions: Mapped[int]
    reference_sessions: Mapped[int]
    drifted: Mapped[bool]
    false_alarm_rate: Mapped[float]
    findings: Mapped[dict[str, Any]]
    report_key: Mapped[str | None]
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id"))
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_drift_checks_ticker", "ticker", "id"),)


class RetrainDecision(MetaBase):
    """Whether a champion was to be retrained, why, and the job that does it."""

    __tablename__ = "retrain_decisions"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    ticker: Mapped[str] = mapped_column(String(15))
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    trigger: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id"))
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_retrain_decisions_ticker", "ticker", "id"),)


class ScheduledRun(MetaBase):
    """A schedule's work that was due at a moment for a subject: done once, however often it is asked for."""

    __tablename__ = "scheduled_runs"

    schedule: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject: Mapped[str] = mapped_column(String(32), primary_key=True)
    due: Mapped[datetime] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]
    started_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    finished_at: Mapped[datetime | None]
