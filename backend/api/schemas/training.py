"""Asking for a model."""

from typing import Any, Literal

from pydantic import Field

from backend.api.schemas.common import ExchangeField, Schema, TickerField


class TrainBody(Schema):
    """Train a model of one ticker, or (`model_id`) train the same kind of model anew on today's data."""

    ticker: TickerField | None = None
    exchange: ExchangeField | None = None
    model_type: str | None = Field(default=None, max_length=32, description="One of GET /api/models/types.")
    params: dict[str, Any] = Field(default_factory=dict, max_length=32, description="Hyper-parameters of the type.")
    seed: int = Field(default=42, ge=0, le=2**31 - 1)
    n_folds: int = Field(default=5, ge=2, le=10)
    tune: int = Field(
        default=0, ge=0, le=200, description="Hyper-parameters to try in each fold, on the rows it learns from alone."
    )
    window: Literal["expanding", "rolling"] = Field(
        default="expanding", description="What a fold learns from: all that came before it, or the newest of that."
    )
    window_sessions: int | None = Field(
        default=None, ge=100, le=10_000, description="How many sessions a rolling window holds."
    )
    source: Literal["yahoo", "files", "sample", "simulation", "planted"] | None = Field(
        default=None, description="Whose series to learn from; left out, the one that is served."
    )
    model_id: int | None = Field(
        default=None, ge=1, le=2**53 - 1, description="Take ticker, type and parameters of it."
    )
