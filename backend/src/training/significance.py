"""Is one forecast better than another, or was it luck?"""

import math

import numpy as np
from numpy.typing import NDArray

from backend.src.training.metrics import CONFIDENCE

Floats = NDArray[np.float64]

DRAWS = 1000
"""Series that the bootstrap draws."""


def long_run_variance(series: Floats, lags: int) -> float:
    """Variance of the mean of a series whose values hang together over `lags` steps, times its length.

    The plain sum of autocovariances that Diebold and Mariano use. It can come out negative: then Bartlett's weights
    (Newey and West 1987), which can't.
    """
    n = len(series)
    centred = series - series.mean()
    covariances = np.array([centred[k:] @ centred[: n - k] / n for k in range(lags + 1)])
    plain = covariances[0] + 2 * covariances[1:].sum()
    if plain > 0:
        return float(plain)
    weights = 1 - np.arange(1, lags + 1) / (lags + 1)
    return float(covariances[0] + 2 * weights @ covariances[1:])


def dm_statistic(loss: Floats, reference_loss: Floats, horizon: int) -> float | None:
    """Diebold and Mariano's statistic with the correction of Harvey, Leybourne, Newbold (1997), Student's t with n - 1.

    Args:
        loss: Loss of one forecast by session.
        reference_loss: Loss of the other on the same sessions.
        horizon: Sessions ahead: errors of neighbouring sessions share `horizon - 1` of them.

    Returns:
        Negative where the first forecast loses less. None when the two never differ, or there are too few sessions for
        the horizon.
    """
    difference = loss - reference_loss
    n = len(difference)
    if n <= horizon or not difference.any():
        return None
    correction = (n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n
    variance = long_run_variance(difference, horizon - 1) / n
    if correction <= 0 or variance <= 0:
        return None
    return float(difference.mean() / np.sqrt(variance) * np.sqrt(correction))


def diebold_mariano(loss: Floats, reference_loss: Floats, horizon: int) -> float | None:
    """Two-sided p-value of equal expected loss: see `dm_statistic`."""
    statistic = dm_statistic(loss, reference_loss, horizon)
    return None if statistic is None else 2 * _left_tail(-abs(statistic), len(loss))


def worse_p_value(loss: Floats, reference_loss: Floats, horizon: int) -> float | None:
    """One-sided p-value: small when the first forecast loses more than the second one. See `dm_statistic`."""
    statistic = dm_statistic(loss, reference_loss, horizon)
    return None if statistic is None else _left_tail(-statistic, len(loss))


def better_p_value(loss: Floats, reference_loss: Floats, horizon: int) -> float | None:
    """One-sided p-value: small when the first forecast loses less than the second one. See `dm_statistic`."""
    return worse_p_value(reference_loss, loss, horizon)


def _left_tail(statistic: float, n: int) -> float:
    from scipy.special import stdtr  # scipy.stats would cost a second of import for the same function

    return float(stdtr(n - 1, statistic))


def corrected(p_value: float | None, variants: int) -> float | None:
    """Bonferroni's correction: with m variants tried, the best one's p-value counts m times.

    It holds however the variants depend on each other, and variants on one ticker do.
    """
    return None if p_value is None else min(1.0, p_value * variants)


def skill_interval(loss: Floats, reference_loss: Floats, horizon: int, seed: int) -> list[float] | None:
    """95 % interval of the skill 1 - mean loss / mean reference loss, by the circular block bootstrap.

    Blocks (Politis and Romano 1992) are as long as the horizon, and no shorter than n^(1/3), so that they keep what
    neighbouring sessions have in common.

    Args:
        loss: Loss of one forecast by session.
        reference_loss: Loss of the other on the same sessions.
        horizon: Sessions ahead.
        seed: The same seed gives the same interval.

    Returns:
        None where the reference never errs.
    """
    n = len(loss)
    if not reference_loss.any():
        return None
    block = min(n, max(horizon, math.ceil(n ** (1 / 3))))
    starts = np.random.default_rng(seed).integers(0, n, (DRAWS, math.ceil(n / block)))
    drawn, reference = (_block_sums(series, block)[starts].sum(axis=1) for series in (loss, reference_loss))
    skills = 1 - drawn[reference > 0] / reference[reference > 0]
    low, high = np.quantile(skills, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return [float(low), float(high)]


def _block_sums(series: Floats, block: int) -> Floats:
    """The sum of the block that begins at each place of the series, closed to a circle. [n]"""
    total = np.concatenate([[0.0], np.cumsum(np.concatenate([series, series[: block - 1]]))])
    return np.asarray(total[block:] - total[:-block])
