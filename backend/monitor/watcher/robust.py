"""Statistics that a few wild values don't move."""

import math
from collections.abc import Iterable
from statistics import median

_MAD_TO_SD = 1.4826
"""The standard deviation of a normal distribution over its median absolute deviation."""


def centre_and_scale(values: Iterable[float]) -> tuple[float, float]:
    """The median, and the median absolute deviation as a standard deviation.

    Raises:
        statistics.StatisticsError: there are no values.
    """
    known = list(values)
    centre = median(known)
    return centre, _MAD_TO_SD * median(abs(value - centre) for value in known)


def binomial_tail(count: int, n: int, share: float) -> float:
    """The probability of `count` or more out of `n` when each has the probability `share`."""
    if count <= 0:
        return 1.0
    log_share, log_rest = math.log(share), math.log1p(-share)
    whole = math.lgamma(n + 1)
    logs = (
        whole - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * log_share + (n - k) * log_rest
        for k in range(count, n + 1)
    )
    return min(1.0, math.fsum(map(math.exp, logs)))
