"""Alerts as rows: the only SQL of the alert book."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.src.data.monitor_orm import Alert, AlertMute


def lock_key(session: Session, alert_key: str) -> None:
    """Let no one else change this trouble until the transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"alert:{alert_key}"})


def latest(session: Session, alert_key: str) -> Alert | None:
    """The row of a trouble's last occurrence, whether it has ended or not."""
    query = select(Alert).where(Alert.alert_key == alert_key).order_by(Alert.id.desc()).limit(1)
    return session.scalars(query).one_or_none()


def muted_until(session: Session, alert_key: str, at: datetime) -> datetime | None:
    """The end of the mute that is in force at a moment."""
    query = select(AlertMute.until).where(AlertMute.alert_key == alert_key, AlertMute.until > at)
    return session.scalars(query).one_or_none()


def put_mute(session: Session, alert_key: str, until: datetime, actor: str) -> None:
    """Mute a trouble, or move the end of its mute."""
    values = {"until": until, "actor": actor, "at": func.now()}
    query = insert(AlertMute).values(alert_key=alert_key, **values)
    session.execute(query.on_conflict_do_update(index_elements=["alert_key"], set_=values))


def page(
    session: Session,
    *,
    state: str | None = None,
    kind: str | None = None,
    subject: str | None = None,
    severity: str | None = None,
    limit: int,
    offset: int,
) -> list[tuple[Alert, datetime | None]]:
    """Alerts, those that fire first, then the newest; each with the end of the mute that is in force."""
    mute = (AlertMute.alert_key == Alert.alert_key) & (AlertMute.until > func.now())
    query = (
        select(Alert, AlertMute.until)
        .outerjoin(AlertMute, mute)
        .where(*_only({"state": state, "kind": kind, "subject": subject, "severity": severity}))
        .order_by(Alert.state, Alert.last_seen.desc(), Alert.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [(alert, until) for alert, until in session.execute(query)]


def counts(session: Session) -> dict[tuple[str, str], int]:
    """How many alerts fire that are not muted, by kind and severity."""
    muted = select(AlertMute.alert_key).where(AlertMute.until > func.now())
    query = (
        select(Alert.kind, Alert.severity, func.count())
        .where(Alert.state == "firing", Alert.alert_key.not_in(muted))
        .group_by(Alert.kind, Alert.severity)
    )
    return {(kind, severity): count for kind, severity, count in session.execute(query)}


def _only(wanted: dict[str, Any]) -> Sequence[ColumnElement[bool]]:
    return [getattr(Alert, name) == value for name, value in wanted.items() if value is not None]
