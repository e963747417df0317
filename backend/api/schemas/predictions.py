"""Forecasts: asked for, answered, remembered."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from backend.api.schemas.common import ExchangeField, Schema, TickerField
from bellwether_contracts.events import Band
from bellwether_contracts.market import MAX_HORIZON


class PredictRequest(Schema):
    """Ask for one forecast."""

    ticker: TickerField
    exchange: ExchangeField | None = None
    target_date: date | None = Field(
        default=None, description=f"A session after the last bar, at most {MAX_HORIZON} ahead. Left out: the next one."
    )
    model_id: Annotated[int, Field(ge=1, le=2**53 - 1)] | None = Field(
        default=None, description="A model of this ticker that is to answer instead of the champion."
    )


class FutureRequest(Schema):
    """Ask for a forecast of each of the next sessions, as a job."""

    ticker: TickerField
    exchange: ExchangeField | None = None
    days: Annotated[int, Field(ge=1, le=MAX_HORIZON, description="Sessions, not calendar days.")] = 5


class Skill(Schema):
    """The model's measured record at a forecast's horizon, out of sample."""

    horizon: int
    value: float | None = Field(description="1 - MAE / MAE of naive. Above 0 is better than naive.")
    p_value: float | None = Field(description="Diebold-Mariano against naive, two-sided.")
    sessions: int = Field(description="Sessions it was measured on.")
    better_than_naive: bool
    verdict: str = Field(description="The record in one sentence.")


class ForecastBand(Band):
    """A prediction interval, with what such intervals kept of their promise."""

    realised: float | None = Field(
        description="Share of the newest outcomes at this horizon that fell inside; null before the first."
    )
    realised_sessions: int = Field(description="Over how many outcomes: at most 60.")


class Forecast(Schema):
    """A close that a model expects, beside the naive one, with how far to trust it."""

    ticker: str
    exchange: str
    currency: str
    source: str = Field(description="Where the prices come from; `sample` is historical sample data.")
    last_session: date = Field(description="Session of the last bar that the forecast knows.")
    last_close: float
    target_date: date
    horizon: int = Field(description="Sessions from the last bar to the target.")
    predicted_close: float
    naive_close: float = Field(description="No change: the last close.")
    bands: list[ForecastBand] = Field(description="50, 80 and 95 % prediction intervals.")
    model_id: int | None
    model_version: int | None
    model_type: str
    skill: Skill | None = Field(description="The model's record; absent without a model.")
    serves: Literal["model", "naive"] = Field(
        description="`naive`: the model's own forecast has not shown to be of use, so this one says no change, in the "
        "model's bands. That is the normal, honest state and not `degraded`."
    )
    serves_reason: str = Field(description="Why, in words.")
    degraded: bool
    degraded_reason: str | None


class Prediction(Forecast):
    """A forecast that was answered and recorded."""

    prediction_id: UUID
    made_at: datetime
    served_by: str
    request_id: str
    task_id: UUID | None = None


class PredictionRecord(Schema):
    """A past forecast, with what happened once it is known."""

    prediction_id: UUID
    made_at: datetime
    ticker: str
    exchange: str
    source: str
    last_session: date
    target_date: date
    horizon: int
    last_close: float
    predicted_close: float
    naive_close: float
    bands: list[Band]
    model_id: int | None
    model_version: int | None
    model_type: str
    degraded: bool
    degraded_reason: str | None
    served_by: str
    task_id: UUID | None
    replayed: bool = Field(description="Made by a replay of the past, not served.")
    shadow: bool = Field(description="Made by a challenger beside the champion, not served.")
    serves: Literal["model", "naive"] | None = Field(
        description="Whether the model spoke for itself or said no change; null where that was not kept."
    )
    outcome: Literal["pending", "known"]
    actual_close: float | None = Field(
        description="Close of the target session on the basis of the forecast's day (splits and dividends since "
        "then taken out). Null while pending."
    )
    error: float | None = Field(description="actual_close - predicted_close")
    naive_error: float | None = Field(description="actual_close - naive_close")
    inside: int | None = Field(description="The narrowest band that held the close, in percent; null outside all.")
    hit: bool | None = Field(
        description="Whether the direction was right; null where none was told, or the price did not move."
    )


class PredictionPage(Schema):
    """Past forecasts, newest first."""

    items: list[PredictionRecord]
    limit: int
    offset: int
    has_more: bool


class FuturePath(Schema):
    """Forecasts of the next sessions; `complete` once all are there."""

    ticker: str
    days: int
    complete: bool
    predictions: list[Prediction]
