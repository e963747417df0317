"""How far a price may move: the standard deviation of the return over the next 1 to H sessions.

Volatility can be forecast where the direction can't. With a model comes a heterogeneous autoregression (HAR, Corsi
2009) of the log variance that a session's range shows (Garman and Klass 1980); without one, the exponentially weighted
mean of squared returns (RiskMetrics 1996).
"""

from typing import Final

import numpy as np
import pandas as pd

from backend.src.features import windows
from backend.src.features.windows import Floats

HAR_WINDOWS: Final = (1, 5, 22)
"""A session, a week, a month."""

EWMA_DECAY: Final = 0.94
_EWMA_MIN_RETURNS: Final = 10

_SMALLEST_VARIANCE: Final = 1e-8
"""A session without a range still has a tick: one basis point keeps the logarithm finite."""


def range_variance(bars: pd.DataFrame) -> Floats:
    """Garman and Klass's estimate of each session's variance, from its open, high, low and close. [n]"""
    high, low = bars["high"].to_numpy(np.float64), bars["low"].to_numpy(np.float64)
    opened, close = bars["open"].to_numpy(np.float64), bars["close"].to_numpy(np.float64)
    spread, body = np.square(np.log(high / low)), np.square(np.log(close / opened))
    return np.asarray(np.maximum(0.5 * spread - (2 * np.log(2) - 1) * body, _SMALLEST_VARIANCE))


def har_inputs(variance: Floats) -> Floats:
    """A constant and the mean log variance of the last session, week and month. [n, 4], NaN until a month is full."""
    log_variance = np.log(variance)
    means = [windows.mean(log_variance, width) for width in HAR_WINDOWS]
    return np.column_stack([np.ones(len(variance)), *means])


def har_targets(variance: Floats, horizons: int) -> Floats:
    """Log of the mean variance over the next 1 to `horizons` sessions. [n, H], NaN where the future is unknown."""
    targets = np.full((len(variance), horizons), np.nan)
    total = np.zeros(len(variance))
    for h in range(1, min(horizons, len(variance) - 1) + 1):
        total[:-h] += variance[h:]
        targets[:-h, h - 1] = np.log(total[:-h] / h)
    return targets


def fit_har(inputs: Floats, targets: Floats) -> Floats:
    """Least squares, one column a horizon. [4, H]

    Args:
        inputs: [n, 4] of `har_inputs`, no NaN.
        targets: [n, H] of `har_targets`, no NaN.
    """
    return np.asarray(np.linalg.lstsq(inputs, targets, rcond=None)[0], np.float64)


def har_sigma(inputs: Floats, coefficients: Floats) -> Floats:
    """The standard deviation of the log return over 1 to H sessions. [n, H]"""
    horizons = np.arange(1, coefficients.shape[1] + 1)
    return np.asarray(np.sqrt(horizons * np.exp(inputs @ coefficients)))


def ewma_sigma(daily: Floats, horizons: int) -> Floats:
    """The same from past returns alone: nothing is fitted. [n, H], NaN until there are ten returns.

    Args:
        daily: [n] log returns of one session, the first unknown.
        horizons: H; variance grows in proportion to time.
    """
    squared = pd.Series(np.square(daily))
    variance = squared.ewm(alpha=1 - EWMA_DECAY, min_periods=_EWMA_MIN_RETURNS).mean().to_numpy()
    floored = np.maximum(variance, _SMALLEST_VARIANCE)
    return np.asarray(np.sqrt(floored[:, np.newaxis] * np.arange(1, horizons + 1)))
