"""The forecasts that would have been served, day by day, with the models of those days: no store is touched.

At each session the code that serves is given the bars to that session and the model that there would have been:
trained, by the code that trains, on bars to its own day alone. Trainings lie on a grid that starts where a history is
long enough for the first one, so that a session's forecast does not depend on where the replay begins.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from backend.errors import InvalidRequestError
from backend.src.data.orm import Model
from backend.src.inference.live_bands import model_bands
from backend.src.inference.market_state import MIN_BARS, MarketState, market_state
from backend.src.inference.outlook import Outlook, make_outlook
from backend.src.inference.served_model import ServedModel, load_model
from backend.src.training.learning import learn_to_serve
from backend.src.training.panel import Panel
from backend.src.training.request import TrainRequest
from backend.src.training.splits import sessions_needed

UNTRAINED = "the history was too short to train on"
_NO_ID = 0  # replayed models are not registered


@dataclass(frozen=True, slots=True)
class Series:
    """One ticker's bars, with the columns that ClickHouse has beside them."""

    ticker: str
    source: str
    snapshot: str
    bars: pd.DataFrame

    def state(self, row: int) -> MarketState:
        """What was known at the close of one bar."""
        return market_state(self.ticker, self.source, self.snapshot, self.bars.iloc[: row + 1])


@dataclass(frozen=True, slots=True)
class Period:
    """Neighbouring sessions that one model serves.

    Attributes:
        trained: The bar at whose close the model was trained; None while the history is too short.
        first: The first bar that is forecast from.
        last: The last one.
    """

    trained: int | None
    first: int
    last: int


def periods(first: int, last: int, retrain_every: int) -> list[Period]:
    """The sessions from `first` to `last` by the model that serves them.

    Sessions before the first possible forecast are left out.

    Args:
        first: Position of a bar in its series.
        last: Position of a bar, not before `first`.
        retrain_every: Bars between two trainings.
    """
    found = []
    row, first_training = max(first, MIN_BARS - 1), sessions_needed() - 1
    while row <= last:
        if row < first_training:
            trained, stop = None, first_training
        else:
            trained = row - (row - first_training) % retrain_every
            stop = trained + retrain_every
        found.append(Period(trained, row, min(stop - 1, last)))
        row = stop
    return found


def positions(bars: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp | None) -> tuple[int, int]:
    """The first and last bar of a range.

    Raises:
        InvalidRequestError: no bar lies in it, or none with enough bars before it.
    """
    sessions = pd.DatetimeIndex(bars["session"])
    first = int(sessions.searchsorted(start, "left"))
    last = (len(sessions) if end is None else int(sessions.searchsorted(end, "right"))) - 1
    if last < first or last < MIN_BARS - 1:
        held = f"{sessions[0].date()} to {sessions[-1].date()}" if len(sessions) else "none"
        raise InvalidRequestError(
            f"No session from {start.date()} on can be forecast: bars are held of {held}, and a forecast needs"
            f" {MIN_BARS} of them.",
            required=MIN_BARS,
        )
    return first, last


def outlooks(series: Series, period: Period, request: TrainRequest, panel: Panel | None = None) -> Iterator[Outlook]:
    """The forecasts of every session of a period, in order.

    Args:
        series: The ticker that is forecast.
        period: Which sessions.
        request: How its model is trained.
        panel: The rows of other tickers, for a type that learns from them: it takes those that were known by then.
    """
    if period.trained is None:
        for row in range(period.first, period.last + 1):
            yield make_outlook(series.state(row), None, UNTRAINED)
        return
    model = trained_model(series.bars.iloc[: period.trained + 1], request, panel)
    # Bands learn from each outcome in its turn: those of the period's last day hold those of every day before.
    tracked = model_bands(series.state(period.last).bars, model)
    for row in range(period.first, period.last + 1):
        # At its training's own close the model takes the place of its last fold: that day is tracked alone.
        bands = None if row == period.trained else tracked.as_of(len(tracked.judged) - 1 - (period.last - row))
        yield make_outlook(series.state(row), model, None, bands)


def trained_model(bars: pd.DataFrame, request: TrainRequest, panel: Panel | None) -> ServedModel:
    """The model that there would have been at the close of the last bar."""
    fitted = learn_to_serve(bars, request, panel)
    row = Model(id=_NO_ID, version=_NO_ID, **fitted.model_columns(request))
    return load_model(row, fitted.exported.content, fitted.tested)
