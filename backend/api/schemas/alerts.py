"""Alerts: what is or was wrong, and who takes care of it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from backend.api.schemas.common import Schema

AlertState = Literal["firing", "resolved"]
AlertSeverity = Literal["info", "warning", "critical"]

_ACTOR = Field(min_length=1, max_length=100, pattern=r"^[ -~\u00a0-\ud7ff]+$", description="Who does it.")


class Alert(Schema):
    """One trouble from its first sight to its end; the same trouble is one alert however often it is seen."""

    id: int
    alert_key: str = Field(description="Names the trouble whenever it occurs: kind and subject.")
    kind: str
    subject: str = Field(description="The ticker or service that it is about.")
    severity: AlertSeverity
    state: AlertState
    summary: str
    evidence: dict[str, str | float | int | bool | None] = Field(description="The numbers that it was found by.")
    first_seen: datetime
    last_seen: datetime
    resolved_at: datetime | None
    count: int = Field(description="How often it was seen.")
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    muted_until: datetime | None = Field(description="Until then nobody wants to be told of it.")


class AlertPage(Schema):
    """Alerts, those that fire first, then the newest."""

    items: list[Alert]
    limit: int
    offset: int
    has_more: bool


class Acknowledgement(Schema):
    """Who takes care of an alert."""

    actor: str = _ACTOR


class Mute(Schema):
    """For how long nobody wants to be told of a trouble, even if it ends and comes back."""

    minutes: int = Field(ge=1, le=7 * 24 * 60)
    actor: str = _ACTOR
