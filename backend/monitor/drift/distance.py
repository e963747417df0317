"""How far a sample lies from a reference: normal scores, and Wasserstein's distance between them.

A value's score is the normal quantile of its rank in the reference (van der Waerden 1952), so that one crash in the
past does not stretch the scale for all time, while a market outside all that was seen still lies far out.
"""

import numpy as np
from scipy.special import ndtri

from backend.src.features.windows import Floats


class NormalScores:
    """Turns one quantity's values into scores by its rank in a reference [n]."""

    def __init__(self, reference: Floats) -> None:
        self._sorted = np.sort(reference)

    def __call__(self, values: Floats) -> Floats:
        """Scores of values of any shape; equal values have the middle of their ranks."""
        below, upto = (np.searchsorted(self._sorted, values, side) for side in ("left", "right"))
        share: Floats = ((below + upto) / 2 + 0.5) / (len(self._sorted) + 1)
        return np.asarray(ndtri(share), np.float64)


class Wasserstein:
    """The area between the distribution function of a reference [n] and those of other samples."""

    def __init__(self, reference: Floats) -> None:
        self._sorted = np.sort(reference)
        self._n = len(reference)
        self._sums = np.concatenate([[0.0], np.cumsum(self._sorted)])

    def __call__(self, samples: Floats) -> Floats:
        """Distances of samples [k, m], each of m values. [k]

        Between two neighbours of a sample its distribution function stands still while the reference's rises through
        at most one crossing, so that the area follows from the reference's integral at three points.
        """
        size = samples.shape[1]
        drawn = np.sort(samples, axis=1)
        left, right = drawn[:, :-1], drawn[:, 1:]
        level = np.arange(1, size) / size
        crossing = np.clip(self._sorted[np.ceil(level * self._n - 1e-9).astype(int) - 1], left, right)
        integral = self._integral(drawn)
        between = level * (2 * crossing - left - right) + integral[:, :-1] + integral[:, 1:]
        between -= 2 * self._integral(crossing)
        above = self._sums[-1] / self._n - drawn[:, -1] + integral[:, -1]
        return np.asarray(between.sum(axis=1) + integral[:, 0] + above)

    def _integral(self, x: Floats) -> Floats:
        """The integral of the reference's distribution function up to x."""
        below = np.searchsorted(self._sorted, x, "right")
        return np.asarray((below * x - self._sums[below]) / self._n)
