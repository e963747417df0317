"""What is compared for drift: what the model sees, what it is asked for, and how the two hang together."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from backend.src.features.pipeline import FEATURE_NAMES, make_features, make_targets
from backend.src.features.windows import Floats

TARGET: Final = "target"
"""The log return of the next session."""

PERSISTENCE: Final = "return_1_x_target"
"""The last return times the next one, in units of the month's variance: its mean is an autocorrelation.

No single column shows that a series which used to turn back now runs on: this one does.
"""

_CALENDAR = frozenset({"weekday_sin", "weekday_cos"})
FEATURES: Final = tuple(name for name in FEATURE_NAMES if name not in _CALENDAR)
"""The pipeline's features but for those that the calendar alone decides. All are ratios, log returns and z-scores."""

COLUMNS: Final = (*FEATURES, TARGET, PERSISTENCE)
_VOLATILITY_FLOOR = 1e-4
"""A month in which the price stood still has no variance to measure by."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Sessions side by side.

    Attributes:
        sessions: [n] in order.
        values: [n, C] the `COLUMNS`; NaN in `TARGET` and `PERSISTENCE` of a last session whose next is not known.
    """

    sessions: pd.DatetimeIndex
    values: Floats

    def __len__(self) -> int:
        return len(self.sessions)

    def frame(self) -> pd.DataFrame:
        """By name, for a report."""
        return pd.DataFrame(self.values, index=self.sessions, columns=list(COLUMNS))


def make_rows(bars: pd.DataFrame) -> Rows:
    """The rows of a series, by the function that training and serving make their features with.

    Raises:
        ValueError: sessions repeat or are out of order, or a price is not a positive number.
    """
    features = make_features(bars)
    first = len(bars) - len(features)
    target = make_targets(bars, 1).to_numpy()[first:, 0]
    volatility = np.maximum(features["volatility_21"].to_numpy(np.float64), _VOLATILITY_FLOOR)
    persistence = features["return_1"].to_numpy(np.float64) * target / volatility**2
    seen = features[list(FEATURES)].to_numpy(np.float64)
    return Rows(pd.DatetimeIndex(features.index), np.column_stack([seen, target, persistence]))
