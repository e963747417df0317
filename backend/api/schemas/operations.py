"""What happens by the clock, and for how long what is kept."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from backend.api.schemas.common import Schema


class ScheduledRunInfo(Schema):
    """What became of one due."""

    due: datetime
    state: Literal["running", "succeeded", "failed", "skipped"] = Field(
        description="`skipped`: the schedule was seen for the first time after that moment, and had missed nothing."
    )
    started_at: datetime
    finished_at: datetime | None
    result: dict[str, Any] | None
    error: str | None


class ScheduleInfo(Schema):
    """A schedule for one of its subjects."""

    name: str
    subject: str = Field(description="An exchange, or what the schedule is done for as a whole.")
    does: str
    when: str
    next_due: datetime
    last_run: ScheduledRunInfo | None


class RetentionRecord(Schema):
    """Something that is kept."""

    store: str
    what: str
    setting: str = Field(description="The environment variable that says how long; empty where it is fixed.")
    kept_days: int | None = Field(description="null: for ever.")
    amount: int
    unit: Literal["rows", "bytes"]
    oldest: datetime | None


class RetentionInfo(Schema):
    """What is kept for how long, and what the last clean-up took out."""

    kinds: list[RetentionRecord]
    last_cleanup: ScheduledRunInfo | None
