"""Jobs: training, multi-session forecasts, ingests."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from backend.api.schemas.common import Schema
from backend.api.schemas.predictions import FuturePath

JobKind = Literal["train", "predict", "ingest", "backfill", "reproduce", "review", "drift", "what_if"]
JobState = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class JobAccepted(Schema):
    """A job was accepted, or the same request already has one."""

    task_id: UUID
    kind: JobKind
    state: JobState
    created: bool = Field(description="False: the same request was already there, this is its job.")
    status_url: str


class Job(Schema):
    """A job as it stands."""

    task_id: UUID
    kind: JobKind
    ticker: str | None
    state: JobState
    progress: float = Field(ge=0, le=1)
    stage: str | None = Field(description="What it does now, in words.")
    attempt: int
    queue_position: int | None = Field(default=None, description="Jobs before it in its queue, while it waits.")
    request: dict[str, Any]
    result: dict[str, Any] | None
    error: str | None
    cancel_requested: bool
    worker: str | None
    requested_by: str
    trigger: dict[str, Any] | None = Field(description="What set it off, with its evidence, when no person did.")
    retry_of: UUID | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class LogLine(Schema):
    """A line that a job wrote."""

    at: datetime
    attempt: int
    line: str


class JobDetail(Job):
    """A job with the tail of its log."""

    log: list[LogLine]


class JobPage(Schema):
    """Jobs, newest first."""

    items: list[Job]
    limit: int
    offset: int
    has_more: bool


class TrainStatus(Schema):
    """A training job, in the words of `/api/train/status`."""

    task_id: UUID
    status: JobState
    progress: float
    stage: str | None
    result: dict[str, Any] | None
    error: str | None
    log: list[LogLine]


class FutureStatus(Schema):
    """A multi-session forecast; `result` is whole when `status` is succeeded, partial before."""

    task_id: UUID
    status: JobState
    progress: float
    result: FuturePath | None
    error: str | None
