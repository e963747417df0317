"""What a simulated market does: what really happened, or a law of motion that was planted. Pure functions."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Scenario = Literal["plain", "regime", "bad_model"]
SCENARIOS: Final[tuple[Scenario, ...]] = ("plain", "regime", "bad_model")

_BURN_IN = 500

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Law:
    """Log returns that swing: an autoregression of second order with complex roots.

    Attributes:
        persistence: Modulus of the roots, below 1: how much of a swing the next one keeps.
        period: Sessions of one swing.
        loudness: Standard deviation, in those of the series that it replaces.
    """

    persistence: float
    period: float
    loudness: float

    def returns(self, n: int, scale: float, seed: int) -> Floats:
        """Log returns of `n` sessions, for a series whose own have the standard deviation `scale`."""
        shocks = np.random.default_rng(seed).standard_normal(n + _BURN_IN)
        near = 2 * self.persistence * np.cos(2 * np.pi / self.period)
        far = -(self.persistence**2)
        values = np.zeros(n + _BURN_IN)
        for t in range(2, len(values)):
            values[t] = near * values[t - 1] + far * values[t - 2] + shocks[t]
        # Scaled by what was drawn, not by the law's own variance: a short draw of a persistent law strays far from it.
        drawn = values[_BURN_IN:]
        return np.asarray(self.loudness * scale * drawn / max(float(drawn.std()), 1e-12), dtype=np.float64)


SWINGS: Final = Law(persistence=0.99, period=12.0, loudness=1.3)
"""Somewhat louder than before, and the next return follows from the last two: a model that learns it beats naive."""


def replant(bars: pd.DataFrame, law: Law, first: int, seed: int) -> pd.DataFrame:
    """The bars, whose returns follow a law from a row on. Bars keep their shape, splits and dividends theirs.

    Args:
        bars: Canonical bars, one row a session.
        law: What they follow.
        first: Position of the first row that does.
        seed: The same seed and bars give the same series.
    """
    returns = np.diff(np.log(bars["adj_close"].to_numpy()), prepend=np.nan)
    scale = float(np.nanstd(returns[: first + 1])) if first > 2 else float(np.nanstd(returns))
    factor = np.ones(len(bars))
    real = np.nan_to_num(returns[first:])
    factor[first:] = np.exp(np.cumsum(law.returns(len(bars) - first, scale, seed) - real))
    prices = {name: bars[name] * factor for name in ("open", "high", "low", "close", "adj_close", "dividend")}
    return bars.assign(**prices)
