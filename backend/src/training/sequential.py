"""Is the challenger better? A test that stays valid however often, and whenever, its answer is looked at.

A gambler bets that the challenger will lose less than the champion. While it does not, his wealth is no better than a
fair game's: that it ever reaches 1 / alpha has a probability of at most alpha (Ville 1939), at every look together.
Betting on bounded means: Waudby-Smith and Ramdas (2024); on forecasts' loss differences: Henzi and Ziegel (2022),
Choe and Ramdas (2023). By the triangle inequality, two absolute errors never differ by more than the two forecasts do,
and those are known before the outcome: the bets are bounded without a guess at how far the market may move.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ALPHA = 0.05
"""Probability that any challenger ever replaces a champion that is no worse."""

WARM_UP = 60
"""Sessions that only tell how far the two forecasts differ; bets begin after them."""

_STAKES = np.geomspace(0.005, 0.75, 12)
"""Shares of the wealth that are bet: it is split over all of them, so none needs to be right (Cover 1991)."""

_LARGE_STAKES = np.array([0.3, 0.6, 0.95])


def e_values(champion: Floats, challenger: Floats, actual: Floats, horizon: int) -> Floats:
    """Evidence that the challenger's absolute errors are smaller, as it stood after each block of sessions.

    Outcomes of forecasts over h sessions overlap, so sessions are taken in blocks of h, and every second block belongs
    to another gambler: when one of his blocks begins, the outcomes of the one before are known. With two of them, the
    richer one's wealth counts half (union bound).

    Args:
        champion: [n] forecasts of log returns in order of time, as they were served.
        challenger: [n] the other's on the same sessions.
        actual: [n] log returns that came.
        horizon: Sessions ahead.

    Returns:
        One e-value a block, possibly none; at 1 / alpha or above, "no better" is rejected at level alpha.
    """
    outcomes = _outcomes(champion, challenger, actual, horizon)
    gamblers = 1 if horizon == 1 else 2
    mine = np.arange(len(outcomes)) % gamblers == np.arange(gamblers)[:, np.newaxis]
    growth = np.log1p(_STAKES[:, np.newaxis, np.newaxis] * np.where(mine, outcomes, 0.0))
    wealth = np.exp(np.minimum(np.cumsum(growth, axis=2), 700.0)).mean(axis=0)
    return np.asarray(wealth.max(axis=0) / gamblers)


def harm_values(forecast: Floats, actual: Floats, horizon: int) -> Floats:
    """Evidence that forecasts miss by more than "no change" does, as it stood after each outcome.

    The same game without a warm-up and with larger stakes: it is over soon where the harm is plain, and says little
    where it is small. Over h sessions there are h gamblers, each betting on every h-th session, when the outcome of his
    last bet is known; the richest one's wealth counts 1 / h.

    Args:
        forecast: [n] log returns in order of time, as they were served.
        actual: [n] log returns that came.
        horizon: Sessions ahead.

    Returns:
        [n] e-values; that one ever reaches 1 / alpha has a probability of at most alpha while the forecasts miss by no
        more than "no change" does.
    """
    apart = np.abs(forecast)
    bound = np.maximum.accumulate(apart)
    lost = np.abs(actual - forecast) - np.abs(actual)
    outcomes = np.divide(lost, bound, out=np.zeros_like(lost), where=bound > 0)
    mine = np.arange(len(outcomes)) % horizon == np.arange(horizon)[:, np.newaxis]
    growth = np.log1p(_LARGE_STAKES[:, np.newaxis, np.newaxis] * np.where(mine, outcomes, 0.0))
    wealth = np.exp(np.minimum(np.cumsum(growth, axis=2), 700.0)).mean(axis=0)
    return np.asarray(wealth.max(axis=0) / horizon)


def needed(rank: int) -> float:
    """The e-value that the `rank`-th kind of challenger of the same champion needs.

    However many are tried, the levels alpha * 6 / (pi * rank)^2 sum to no more than alpha.
    """
    return (math.pi * rank) ** 2 / (6 * ALPHA)


def _outcomes(champion: Floats, challenger: Floats, actual: Floats, horizon: int) -> Floats:
    """By how much the challenger lost less in each block, as a share of the most that was possible, in [-1, 1]."""
    blocks = len(actual) // horizon
    apart = np.abs(champion - challenger)[: blocks * horizon].reshape(blocks, horizon)
    gain = (np.abs(actual - champion) - np.abs(actual - challenger))[: blocks * horizon].reshape(blocks, horizon)
    quiet = math.ceil(WARM_UP / horizon)
    if blocks <= quiet:
        return np.empty(0)
    bound = np.maximum.accumulate(apart.max(axis=1))[quiet - 1 : -1, np.newaxis]
    # A session on which they differ more than ever before counts as if they differed as much as then.
    share = np.divide(gain[quiet:], np.maximum(bound, apart[quiet:]), out=np.zeros_like(gain[quiet:]), where=bound > 0)
    return np.asarray(share.mean(axis=1))
