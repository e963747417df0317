"""Words of the market that every service shares."""

from typing import Annotated

from pydantic import StringConstraints

TICKER_PATTERN = r"^[A-Z0-9^][A-Z0-9.^=-]{0,14}$"
"""An allowlist: what can't be a ticker can't reach a query, a path or a log line either."""

SIMULATED_SUFFIX = ".SIM"
"""Ends the ticker of a simulated series: `AAPL.SIM` replays `AAPL`, and no store ever takes one for the other."""

MIC_PATTERN = r"^[A-Z0-9]{4}$"

Ticker = Annotated[str, StringConstraints(pattern=TICKER_PATTERN)]
"""A ticker as Yahoo spells it: `AAPL`, `2330.TW`, `BRK-B`."""

Mic = Annotated[str, StringConstraints(pattern=MIC_PATTERN)]
"""An exchange by its ISO 10383 market identifier code: `XNAS`, `XNYS`, `XTAI`."""

COVERAGE_LEVELS = (50, 80, 95)
"""The nominal coverages, in percent, of the bands that stand beside every forecast."""

MAX_HORIZON = 20
"""Sessions ahead that a model forecasts directly: about one month of trading."""

GRADED_HORIZONS = (1, 5, 20)
"""Sessions ahead at which models are graded and deployed. What lies between is served by the next one above."""


def graded_horizon(horizon: int) -> int:
    """The graded horizon whose deployment answers for a forecast: the smallest that is no nearer."""
    return next(graded for graded in GRADED_HORIZONS if graded >= horizon)


def is_simulated(ticker: str) -> bool:
    """Whether a ticker names a simulated series."""
    return ticker.endswith(SIMULATED_SUFFIX)
