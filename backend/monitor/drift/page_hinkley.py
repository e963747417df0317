"""Has a stream's mean risen? The test of Page and Hinkley, with a threshold that is calibrated on the stream's past."""

from typing import Final

import numpy as np

from backend.src.features.windows import Floats

YEAR: Final = 252
"""Sessions over which a rate of false alarms is stated."""

ALLOWANCE: Final = 0.1
"""A rise by less, in standard deviations of the past, is not looked for."""

_DRAWS: Final = 4000
_BLOCK: Final = 10
"""Neighbouring errors that are drawn together, so that what they have in common stays."""


def page_hinkley(values: Floats, mean: float, allowance: float) -> Floats:
    """How far the sum of what exceeds the mean has risen from its lowest point (Page 1954, Hinkley 1971). [..., n]

    The mean is that of a record of before, not the running one: in a short stream that would soon rise along.

    Args:
        values: [..., n] streams in order of time.
        mean: What they should have.
        allowance: By how much they may exceed it.
    """
    total = np.cumsum(values - mean - allowance, axis=-1)
    lowest = np.minimum(np.minimum.accumulate(total, axis=-1), 0.0)
    return np.asarray(total - lowest)


def threshold(past: Floats, rate: float, seed: int = 0) -> float:
    """What the test may not reach within a year in more than a share `rate` of streams like the past.

    The streams are drawn from the past's own blocks of neighbours (the circular block bootstrap).
    """
    starts = np.random.default_rng(seed).integers(0, len(past), (_DRAWS, -(-YEAR // _BLOCK)))
    rows = (starts[:, :, None] + np.arange(_BLOCK)) % len(past)
    streams = past[rows].reshape(_DRAWS, -1)[:, :YEAR]
    peaks = page_hinkley(streams, float(past.mean()), ALLOWANCE * float(past.std())).max(axis=1)
    return float(np.quantile(peaks, 1 - rate))
