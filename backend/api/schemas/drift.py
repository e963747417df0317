"""Drift checks."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from backend.api.schemas.common import Schema, TickerField


class DriftBody(Schema):
    """Check a ticker now, and make the report."""

    ticker: TickerField


class DriftCheckInfo(Schema):
    """A champion's newest sessions beside those that it was trained on."""

    id: int
    ticker: str
    model_id: int
    first_session: date
    last_session: date
    sessions: int = Field(description="Sessions of the window.")
    reference_sessions: int = Field(description="Sessions that the model was trained on.")
    drifted: bool = Field(description="Whether features drifted, or the errors beside naive did.")
    false_alarm_rate: float = Field(
        description="The share of the training history's own windows that would have raised an alarm, the checked one"
        " counted among them; of a check of the errors alone, the share of years that would."
    )
    findings: dict[str, Any] = Field(
        description="`features`: the columns by how far out they lie (`ratio` above 1 is drift). `concept`: the errors"
        " of what was served beside the walk-forward's. `quality`: what is odd about the bars."
    )
    has_report: bool
    at: datetime


class DriftPage(Schema):
    """Drift checks, newest first."""

    items: list[DriftCheckInfo]
    limit: int
    offset: int
    has_more: bool
