"""Where a model is better and where it is worse: its error by volatility, weekday and year."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.src.data.evaluation_files import OutOfSample

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TERCILES = ("calm", "normal", "wild")

Labels = NDArray[np.int_]


def slices(tested: OutOfSample, horizon: int) -> dict[str, list[dict[str, Any]]]:
    """Errors beside naive's in each part of the rows.

    Args:
        tested: Rows whose outcome is known.
        horizon: Sessions ahead.
    """
    weekday, year = tested.sessions.dayofweek.to_numpy(), tested.sessions.year.to_numpy()
    tercile = _terciles(tested.sigma[:, horizon - 1])
    miss = np.abs(tested.actual[:, horizon - 1] - tested.forecast[:, horizon - 1])
    change = np.abs(tested.actual[:, horizon - 1])
    return {
        "volatility": [_slice(_TERCILES[i], miss[tercile == i], change[tercile == i]) for i in np.unique(tercile)],
        "weekday": [_slice(_WEEKDAYS[i], miss[weekday == i], change[weekday == i]) for i in np.unique(weekday)],
        "year": [_slice(str(i), miss[year == i], change[year == i]) for i in np.unique(year)],
    }


def _terciles(sigma: NDArray[np.float64]) -> Labels:
    """0, 1 or 2: by the volatility that was forecast, so that the slice was known beforehand."""
    return np.asarray(np.searchsorted(np.quantile(sigma, [1 / 3, 2 / 3]), sigma))


def _slice(name: str, miss: NDArray[np.float64], change: NDArray[np.float64]) -> dict[str, Any]:
    mae, naive_mae = float(miss.mean()), float(change.mean())
    return {
        "name": name,
        "sessions": len(miss),
        "mae": mae,
        "naive_mae": naive_mae,
        "skill": 1 - mae / naive_mae if naive_mae else 0.0,
    }
