"""Thresholds for the report's own distances, so that it does not call every quiet month a drift."""

import numpy as np
import pandas as pd

from backend.monitor.drift.calibration import tail_quantile, window_starts
from backend.monitor.drift.distance import Wasserstein

_SMALLEST_SCALE = 0.001
"""Evidently divides Wasserstein's distance by the reference's standard deviation, and by no less than this."""


def column_thresholds(reference: pd.DataFrame, width: int, rate: float) -> dict[str, float]:
    """What each column's distance must exceed, as Evidently measures it.

    Each column gets its share of the rate: so the rate holds for all of them together (Bonferroni), and the report is
    a little slower to name a column than the gate, which knows how they hang together.

    Args:
        reference: The training's rows.
        width: Rows of the window that is compared with them.
        rate: The share of reports that may name any column although nothing is new.
    """
    starts = window_starts(len(reference), width)
    rows = starts[:, None] + np.arange(width)
    found = {}
    for name in reference.columns:
        values = reference[name].to_numpy(np.float64)
        apart = Wasserstein(values)(values[rows]) / max(float(values.std()), _SMALLEST_SCALE)
        found[str(name)] = tail_quantile(apart * len(values) / (len(values) - width), rate / len(reference.columns))
    return found
