"""Prediction bands from what was missed before: signed residual quantiles, split-conformal."""

import math

import numpy as np
from numpy.typing import NDArray

from bellwether_contracts.market import COVERAGE_LEVELS

Bands = dict[int, NDArray[np.float64]]
"""By nominal coverage in percent: [H, 2] lower and upper distance from the forecast, in log return."""


def residuals_needed(level: int) -> int:
    """The fewest residuals that can promise a coverage: each tail must hold at least one rank."""
    return math.ceil(200 / (100 - level)) - 1


def conformal_interval(residuals: NDArray[np.float64], level: int) -> tuple[float, float]:
    """The signed interval that the next residual falls into with the nominal probability, if it is like the others.

    The finite-sample ranks of split conformal prediction: (n + 1) * alpha / 2, rounded outwards (Vovk, Gammerman,
    Shafer 2005; Lei et al. 2018).

    Raises:
        ValueError: fewer residuals than `residuals_needed(level)`.
    """
    n = len(residuals)
    if n < residuals_needed(level):
        raise ValueError(f"{n} residuals can't promise {level} %: {residuals_needed(level)} can")
    tail = (100 - level) / 200
    below = max(math.floor((n + 1) * tail + 1e-9), 1)
    ordered = np.sort(residuals)
    return float(ordered[below - 1]), float(ordered[n - below])


def residual_bands(residuals: NDArray[np.float64]) -> Bands:
    """Bands that widen with the horizon and nest by coverage.

    Args:
        residuals: [n, H] actual minus forecast; NaN where the actual is not known yet.

    Raises:
        ValueError: a horizon has too few residuals for the widest band.
    """
    columns = [column[~np.isnan(column)] for column in residuals.T]
    bands: Bands = {}
    for level in COVERAGE_LEVELS:
        interval = np.array([conformal_interval(column, level) for column in columns])
        bands[level] = np.column_stack([np.minimum.accumulate(interval[:, 0]), np.maximum.accumulate(interval[:, 1])])
    return bands
