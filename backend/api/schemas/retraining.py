"""Retraining: what was decided, and whether it would have helped."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from backend.api.schemas.common import Schema, TickerField


class RetrainDecisionInfo(Schema):
    """Whether a champion was to be trained anew, and why."""

    id: int
    ticker: str
    model_id: int = Field(description="The champion.")
    trigger: Literal["drift", "decay", "age"]
    outcome: Literal["submitted", "waiting", "already_training", "cooling_down", "over_budget"]
    reason: str
    evidence: dict[str, Any]
    job_id: UUID | None = Field(description="The training, where one was submitted.")
    resulting_model_id: int | None = Field(description="The model that came of it.")
    at: datetime


class RetrainPage(Schema):
    """Decisions, newest first. One that says what the one before it said is not kept."""

    items: list[RetrainDecisionInfo]
    limit: int
    offset: int
    has_more: bool


class WhatIfBody(Schema):
    """Would retraining have helped? A past range with the policy's trainings, beside the first model left alone."""

    ticker: TickerField
    start: date = Field(alias="from", description="The session at whose close the first model is trained.")
    end: date | None = Field(default=None, alias="to", description="The last session. Left out: the last bar.")
