"""What a forecast says."""

from dataclasses import dataclass
from datetime import date

from bellwether_contracts.events import Band


@dataclass(frozen=True, slots=True)
class Skill:
    """A model's walk-forward record at one horizon, beside naive on the same rows."""

    horizon: int
    value: float | None
    """1 - MAE / MAE of naive: above 0 is better than naive."""
    p_value: float | None
    """Diebold-Mariano against naive, two-sided."""
    sessions: int
    better_than_naive: bool
    verdict: str


@dataclass(frozen=True, slots=True)
class RealisedCoverage:
    """How often outcomes fell inside a band lately, out of sample.

    Attributes:
        level: What the band promises, in percent.
        share: What it kept, from 0 to 1; None before its first outcome.
        sessions: Over how many of the newest outcomes.
    """

    level: int
    share: float | None
    sessions: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """A close expected for a session, the naive one, and how far to trust it. Prices are unadjusted, in `currency`."""

    ticker: str
    exchange: str
    currency: str
    source: str
    last_session: date
    last_close: float
    target_session: date
    horizon: int
    predicted_close: float
    naive_close: float
    bands: tuple[Band, ...]
    realised: tuple[RealisedCoverage, ...]
    model_id: int | None
    model_version: int | None
    model_type: str
    skill: Skill | None
    serves: str
    """`model`: its own forecast; `naive`: "no change", in the model's bands if there is a model."""
    serves_reason: str
    degraded: bool
    degraded_reason: str | None
