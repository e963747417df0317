"""Is one forecast better than another, or was it luck?"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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


def diebold_mariano(loss: Floats, reference_loss: Floats, horizon: int) -> float | None:
    """Two-sided p-value of equal expected loss, with the small-sample correction of Harvey, Leybourne, Newbold (1997).

    Args:
        loss: Loss of one forecast by session.
        reference_loss: Loss of the other on the same sessions.
        horizon: Sessions ahead: errors of neighbouring sessions share `horizon - 1` of them.

    Returns:
        None when the two never differ, or there are too few sessions for the horizon.
    """
    from scipy.special import stdtr  # scipy.stats would cost a second of import for the same function

    difference = loss - reference_loss
    n = len(difference)
    correction = (n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n
    if not difference.any() or correction <= 0 or n <= horizon:
        return None
    variance = long_run_variance(difference, horizon - 1) / n
    if variance <= 0:
        return None
    statistic = difference.mean() / np.sqrt(variance) * np.sqrt(correction)
    return float(2 * stdtr(n - 1, -abs(statistic)))
