"""How past forecasts turned out, by model."""

from datetime import date

from pydantic import Field

from backend.api.schemas.common import Schema


class RealisedBand(Schema):
    """What a band promised and what it kept."""

    level: int = Field(description="Promised coverage in percent.")
    share: float | None = Field(description="Of all scored sessions inside, from 0 to 1. Null before the first.")
    recent_share: float | None = Field(description="Of the newest ones.")
    recent_sessions: int = Field(description="How many the newest ones are: at most 60.")


class Score(Schema):
    """One model's record at one horizon. A forecast that was asked many times counts once."""

    ticker: str
    source: str
    replayed: bool = Field(description="Made by a replay of the past, not served.")
    shadow: bool = Field(description="Made by a challenger beside the champion, not served.")
    model_id: int | None = Field(description="Null for the naive forecast and for a replay's models.")
    model_version: int | None
    model_type: str
    variant: str = Field(description="A replay's settings (parameters, seed, schedule) as a short hash; else empty.")
    horizon: int
    scored: int = Field(description="Forecasts whose session's bar is known.")
    pending: int = Field(description="Forecasts whose session has no bar yet: not in any mean.")
    first_target: date
    last_target: date
    mae: float | None = Field(description="Mean absolute error of the log price.")
    naive_mae: float | None = Field(description="The same of 'no change', on the same sessions.")
    skill: float | None = Field(description="1 - mae / naive_mae. Above 0 is better than naive.")
    dm_p_value: float | None = Field(description="Diebold-Mariano against naive, two-sided.")
    verdict: str = Field(description="The record in one sentence.")
    mase: float | None = Field(
        description="Mean absolute error over the mean absolute change of one session in all bars before."
    )
    hit_rate: float | None = Field(description="Share of right directions, where one was told and the price moved.")
    directions: int = Field(description="How many forecasts that is.")
    coverage: list[RealisedBand]


class ScorecardAnswer(Schema):
    """The records that fit."""

    items: list[Score]


class RunningBand(Schema):
    """Coverage of one band over the newest sessions."""

    level: int
    recent_share: float


class ScorePoint(Schema):
    """One scored forecast, and the record as it stood after it."""

    last_session: date
    target_date: date
    predicted_close: float
    actual_close: float = Field(description="On the basis of the forecast's day.")
    error: float = Field(description="Log of actual over predicted.")
    naive_error: float
    hit: bool | None = Field(description="Null where no direction was told, or the price did not move.")
    inside: int | None = Field(description="The narrowest band that held the close, in percent; null outside all.")
    mae: float
    naive_mae: float
    skill: float | None
    mase: float | None
    hit_rate: float | None
    coverage: list[RunningBand] = Field(description="Over the newest sessions, at most 60.")
    recent_sessions: int


class ScoreSeries(Schema):
    """The running record of one model at one horizon, oldest first."""

    ticker: str
    source: str
    replayed: bool
    shadow: bool
    model_id: int | None
    model_type: str
    variant: str
    horizon: int
    points: list[ScorePoint]
