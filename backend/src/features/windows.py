"""Rolling windows over arrays whose every row is computed alone.

A running sum carries rounding from rows that have left its window. These add the window's elements one lag after the
other instead, so that a row has the same bits wherever the history begins or ends.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def lag(x: Floats, k: int) -> Floats:
    """The value `k` rows before; NaN where there is none."""
    if k == 0:
        return x
    out = np.full_like(x, np.nan)
    out[k:] = x[:-k]
    return out


def weighted_sum(x: Floats, weights: Floats) -> Floats:
    """Sum of the newest `len(weights)` values, `weights[0]` on the newest."""
    width = len(weights)
    out = np.full_like(x, np.nan)
    if len(x) < width:
        return out
    rows = len(x) - width + 1
    total = np.zeros(rows)
    for k, weight in enumerate(weights):
        total += weight * x[width - 1 - k : width - 1 - k + rows]
    out[width - 1 :] = total
    return out


def mean(x: Floats, width: int) -> Floats:
    """Mean of the newest `width` values."""
    return weighted_sum(x, np.ones(width)) / width


def std(x: Floats, width: int) -> Floats:
    """Sample standard deviation of the newest `width` values, in two passes."""
    out = np.full_like(x, np.nan)
    if len(x) < width:
        return out
    rows = len(x) - width + 1
    centre = mean(x, width)[width - 1 :]
    total = np.zeros(rows)
    for k in range(width):
        total += np.square(x[width - 1 - k : width - 1 - k + rows] - centre)
    out[width - 1 :] = np.sqrt(total / (width - 1))
    return out


def exponential_weights(span: int, width: int) -> Floats:
    """The weights of an exponential mean of that span, cut off after `width` values and scaled to sum to 1."""
    decay = 1.0 - 2.0 / (span + 1.0)
    weights = np.power(decay, np.arange(width, dtype=np.float64))
    return np.asarray(weights / weights.sum())


def exponential_mean(x: Floats, span: int, width: int) -> Floats:
    """Exponential mean over a finite window: unlike the textbook's, it forgets where history began."""
    return weighted_sum(x, exponential_weights(span, width))


def ratio(numerator: Floats, denominator: Floats, otherwise: float) -> Floats:
    """Quotient, and `otherwise` where the denominator is 0 (a flat window)."""
    out = np.full_like(numerator, otherwise)
    np.divide(numerator, denominator, out=out, where=denominator != 0)
    return out
