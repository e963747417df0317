"""What is odd about a window's bars themselves."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from backend.src.data import calendars

_OUTLIER: Final = 8.0
_NORMAL_MAD: Final = 1.4826
"""The standard deviation of a normal distribution in median absolute deviations."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Counts over a window of sessions.

    Attributes:
        missing_sessions: The exchange was open and there is no bar.
        zero_volume: Bars without trade.
        repeated_closes: Closes that equal the one before.
        outliers: Returns beyond 8 robust standard deviations of the history's.
    """

    missing_sessions: int
    zero_volume: int
    repeated_closes: int
    outliers: int

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        return asdict(self)


def quality(bars: pd.DataFrame, exchange: str, history: "pd.Series[float]") -> Quality:
    """Look at a window.

    Args:
        bars: Its bars, and the one before them first.
        exchange: Whose sessions they should be.
        history: The training's daily log returns.
    """
    sessions = bars["session"].dt.date
    expected = len(calendars.sessions_between(exchange, sessions.iloc[0], sessions.iloc[-1]))
    returns = np.diff(np.log(bars["adj_close"].to_numpy(np.float64)))
    spread = _NORMAL_MAD * float((history - history.median()).abs().median())
    return Quality(
        missing_sessions=max(0, expected - len(bars)),
        zero_volume=int((bars["volume"].iloc[1:] == 0).sum()),
        repeated_closes=int((bars["close"].diff().iloc[1:] == 0).sum()),
        outliers=int((np.abs(returns - history.median()) > _OUTLIER * spread).sum()) if spread > 0 else 0,
    )
