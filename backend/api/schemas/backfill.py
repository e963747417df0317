"""Asking for the forecasts of a past range."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from backend.api.schemas.common import Schema, TickerField
from bellwether_contracts.market import GRADED_HORIZONS, MAX_HORIZON


class BackfillBody(Schema):
    """Make the forecasts that would have been made, with the models that there would have been."""

    ticker: TickerField
    start: date = Field(description="First session to forecast from.")
    end: date | None = Field(default=None, description="Last one. Left out: the last bar.")
    model_type: str = Field(default="ridge", max_length=32, description="One of GET /api/models/types.")
    params: dict[str, Any] = Field(default_factory=dict, max_length=32, description="Hyper-parameters of the type.")
    seed: int = Field(default=42, ge=0, le=2**31 - 1)
    n_folds: int = Field(default=5, ge=2, le=10, description="Walk-forward folds of each training.")
    retrain_every: int = Field(default=21, ge=1, le=252, description="Sessions from one training to the next.")
    horizons: list[Annotated[int, Field(ge=1, le=MAX_HORIZON)]] = Field(
        default=list(GRADED_HORIZONS),
        min_length=1,
        max_length=MAX_HORIZON,
        description="Sessions ahead that are recorded.",
    )
