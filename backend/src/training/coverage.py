"""Do the bands keep their promise, and are they worth their width?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.src.data.evaluation_files import OutOfSample
from backend.src.features.bands import STEP, Tracked, conformal_quantile, track_bands
from backend.src.features.windows import Floats
from backend.src.training.models.base import Returns
from bellwether_contracts.market import COVERAGE_LEVELS


def band_record(tested: OutOfSample, past: list[Returns]) -> dict[str, Any]:
    """The bands' whole record out of sample, beside bands of a constant width around naive.

    Args:
        tested: Out-of-sample rows in order of time.
        past: [m, H] returns that were known before each fold, by fold: the constant bands are made of them.
    """
    tracked = track_bands(tested.forecast, tested.actual, tested.sigma)
    constant = constant_half_width(tested, past)
    return {
        "method": "quantile tracking",
        "step": STEP,
        "coverage": {
            str(level): [_horizon(tested, tracked, constant, i, column) for column in range(tested.actual.shape[1])]
            for i, level in enumerate(tracked.levels)
        },
        "recent": _recent(tracked),
    }


def constant_half_width(tested: OutOfSample, past: list[Returns]) -> Floats:
    """Naive's bands of a width that never changes within a fold: the quantile of all returns before it. [n, L, H]"""
    levels = np.array(COVERAGE_LEVELS)
    by_fold = np.array([conformal_quantile(np.abs(returns), levels) for returns in past])
    return np.asarray(by_fold[tested.fold - tested.fold[0]])


def winkler(half_width: Floats, error: Floats, level: int) -> Floats:
    """Winkler's (1972) interval score of a band that is symmetric around a forecast: width and penalty for a miss."""
    return np.asarray(2 * half_width + 2 / (1 - level / 100) * np.maximum(np.abs(error) - half_width, 0.0))


def _horizon(tested: OutOfSample, tracked: Tracked, constant: Floats, i: int, column: int) -> dict[str, Any] | None:
    rows = tracked.judged[:, column]
    if not rows.any():
        return None
    actual = tested.actual[rows, column]
    own = _score(tracked.half_width[rows, i, column], actual - tested.forecast[rows, column], tracked.levels[i])
    return {
        **own,
        "rows": int(rows.sum()),
        "constant": _score(constant[rows, i, column], actual, tracked.levels[i]),
    }


def _score(half_width: Floats, error: Floats, level: int) -> dict[str, float]:
    inside: NDArray[np.bool_] = np.abs(error) <= half_width
    return {
        "coverage": float(inside.mean()),
        "mean_width": float(2 * half_width.mean()),
        "winkler": float(winkler(half_width, error, level).mean()),
    }


def _recent(tracked: Tracked) -> dict[str, list[dict[str, float | int] | None]]:
    share, rows = tracked.recent()
    return {
        str(level): [
            {"coverage": float(share[i, column]), "rows": int(count)} if count else None
            for column, count in enumerate(rows)
        ]
        for i, level in enumerate(tracked.levels)
    }
