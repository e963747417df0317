"""What a simulated market does: what really happened, or a law of motion that was planted. Pure functions."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Scenario = Literal["plain", "regime", "bad_model"]
SCENARIOS: Final[tuple[Scenario, ...]] = ("plain", "regime", "bad_model")

_ENOUGH = 20
"""Bars before the plant that tell how loud the series was; with fewer, all of it does."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Law:
    """A law of motion, in standard deviations of the returns that it replaces.

    Attributes:
        regularity: Share of the variance that goes up on one session and down on the next.
        loudness: Standard deviation around the drift.
        drift: What is gained every session.
    """

    regularity: float
    loudness: float
    drift: float = 0.0

    def returns(self, n: int, scale: float, seed: int) -> Floats:
        """Log returns of `n` sessions, for a series whose own have the standard deviation `scale`."""
        chance = np.random.default_rng(seed).standard_normal(n)
        order = (-1.0) ** np.arange(n)
        moves = np.sqrt(self.regularity) * order + np.sqrt(1 - self.regularity) * chance
        return np.asarray(scale * (self.loudness * moves + self.drift), dtype=np.float64)


ALTERNATION: Final = Law(regularity=0.9, loudness=1.3)
"""Somewhat louder than before, and what went up comes down: a model that learns it beats naive by far."""

RALLY: Final = Law(regularity=0.0, loudness=1.0, drift=4.0)
"""A market that never was: it rises on every session. What learned it expects that everywhere."""


def replant(bars: pd.DataFrame, law: Law, first: int, seed: int) -> pd.DataFrame:
    """The bars, whose returns follow a law from a row on. Bars keep their shape, splits and dividends theirs.

    Args:
        bars: Canonical bars, one row a session.
        law: What they follow.
        first: Position of the first row that does.
        seed: The same seed and bars give the same series.
    """
    returns = np.diff(np.log(bars["adj_close"].to_numpy()), prepend=np.nan)
    scale = float(np.nanstd(returns[:first] if first > _ENOUGH else returns))
    factor = np.ones(len(bars))
    real = np.nan_to_num(returns[first:])
    factor[first:] = np.exp(np.cumsum(law.returns(len(bars) - first, scale, seed) - real))
    prices = {name: bars[name] * factor for name in ("open", "high", "low", "close", "adj_close", "dividend")}
    return bars.assign(**prices)
