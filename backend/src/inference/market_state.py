"""What is known of a ticker at its last bar: everything that its forecasts need, computed once a bar."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.errors import InvalidRequestError
from backend.src.data.calendars import next_valid_sessions
from backend.src.features.bands import MIN_SCORES
from backend.src.features.pipeline import BAR_COLUMNS, LOOKBACK, make_features
from bellwether_contracts.market import MAX_HORIZON

MIN_BARS = LOOKBACK - 1 + MIN_SCORES + MAX_HORIZON
"""Sessions that the widest band of the longest horizon needs."""


@dataclass(frozen=True, slots=True)
class MarketState:
    """A ticker as of its last bar.

    Attributes:
        sessions: The next sessions, at most `MAX_HORIZON`.
        features: The newest row, float32 [1, F].
        bars: The whole series, columns `BAR_COLUMNS`: bands are tracked through it.
    """

    ticker: str
    exchange: str
    currency: str
    source: str
    snapshot: str
    last_session: date
    last_close: float
    sessions: tuple[date, ...]
    features: NDArray[np.float32]
    bars: pd.DataFrame


def market_state(ticker: str, source: str, snapshot: str, bars: pd.DataFrame) -> MarketState:
    """Compute a ticker's state from its bars, as ClickHouse holds them.

    Raises:
        InvalidRequestError: the history is too short for a forecast with bands, or the calendar ends.
        ValueError: the bars are out of order or not prices.
    """
    if len(bars) < MIN_BARS:
        raise InvalidRequestError(
            f"{ticker} has {len(bars)} sessions from {source}; a forecast needs {MIN_BARS}.", required=MIN_BARS
        )
    last = bars.iloc[-1]
    session = pd.Timestamp(last["session"]).date()
    sessions = tuple(next_valid_sessions(str(last["exchange"]), session, MAX_HORIZON))
    if not sessions:
        raise InvalidRequestError(f"The calendar of {last['exchange']} ends before {session}: no session to forecast.")
    # The bars before the window change nothing in its last row; a test proves it for every session.
    features = make_features(bars.tail(LOOKBACK)).to_numpy()
    return MarketState(
        ticker=ticker,
        exchange=str(last["exchange"]),
        currency=str(last["currency"]),
        source=source,
        snapshot=snapshot,
        last_session=session,
        last_close=float(last["close"]),
        sessions=sessions,
        features=features,
        bars=bars[list(BAR_COLUMNS)],
    )
