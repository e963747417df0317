"""What someone may ask of a replay. Light to import: the API checks requests with it."""

import hashlib
import json
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from backend.src.training.request import ModelType, TrainRequest
from bellwether_contracts.market import GRADED_HORIZONS, MAX_HORIZON, Ticker


def _ascending(horizons: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(horizons)))


class ReplayRequest(BaseModel):
    """Make a past range's forecasts. Two requests that mean the same compare equal."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ticker: Ticker
    start: date = Field(description="First session that is forecast from.")
    end: date | None = Field(default=None, description="Last one; left out, the last bar.")
    model_type: ModelType = "ridge"
    params: dict[str, Any] = Field(default_factory=dict, validate_default=True)
    seed: int = Field(default=42, ge=0, le=2**31 - 1)
    n_folds: int = Field(default=5, ge=2, le=10)
    retrain_every: int = Field(default=21, ge=1, le=252, description="Sessions between two trainings.")
    horizons: Annotated[
        tuple[Annotated[int, Field(ge=1, le=MAX_HORIZON)], ...], Field(min_length=1), AfterValidator(_ascending)
    ] = GRADED_HORIZONS
    source: Literal["yahoo", "files", "sample", "simulation"] | None = None

    @field_validator("params")
    @classmethod
    def _complete_params(cls, params: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """Check the params against the model type and fill in its defaults."""
        if "model_type" not in info.data or "ticker" not in info.data:
            return params
        return TrainRequest(ticker=info.data["ticker"], model_type=info.data["model_type"], params=params).params

    @model_validator(mode="after")
    def _in_order(self) -> "ReplayRequest":
        if self.end is not None and self.end < self.start:
            raise ValueError(f"end {self.end} is before start {self.start}")
        return self

    def training(self) -> TrainRequest:
        """The training that is done again and again."""
        names = ("ticker", "model_type", "params", "seed", "n_folds", "source")
        return TrainRequest.model_validate({name: getattr(self, name) for name in names})

    @property
    def variant(self) -> str:
        """Names the settings that decide what is forecast, whatever the range: 12 hexadecimal digits."""
        names = ("model_type", "params", "seed", "n_folds", "retrain_every")
        settings = json.dumps({name: getattr(self, name) for name in names}, sort_keys=True, default=str)
        return hashlib.sha256(settings.encode()).hexdigest()[:12]
