"""Asking for a model."""

from typing import Any

from pydantic import Field

from backend.api.schemas.common import ExchangeField, Schema, TickerField


class TrainBody(Schema):
    """Train a model of one ticker, or (`model_id`) train the same kind of model anew on today's data."""

    ticker: TickerField | None = None
    exchange: ExchangeField | None = None
    model_type: str | None = Field(default=None, max_length=32, description="One of GET /api/models/types.")
    params: dict[str, Any] = Field(default_factory=dict, max_length=32, description="Hyper-parameters of the type.")
    seed: int = Field(default=42, ge=0, le=2**31 - 1)
    n_folds: int = Field(default=5, ge=2, le=12)
    model_id: int | None = Field(
        default=None, ge=1, le=2**53 - 1, description="Take ticker, type and parameters of it."
    )
