"""How large a distance must be to mean something: learned from the training history's own windows.

Neighbouring sessions hang together, so that thresholds for independent draws would cry wolf at every calm month. What
counts as usual is how far windows of the history lie from the rest of it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.src.features.windows import Floats

Starts = NDArray[np.int_]
"""Rows at which windows begin."""

MIN_WINDOWS: Final = 8
"""A history of fewer windows side by side says too little of what is usual."""

_STRIDES: Final = 4
"""Windows overlap by three quarters: more would cost time and tell nothing new."""

_SCALE_LEVEL: Final = 0.95
_TAIL_LEVEL: Final = 0.8
_SCALE_FLOOR: Final = 1e-3
"""Of a column that hardly ever moved, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is usual.

    Attributes:
        scale: [C] the distance that a twentieth of the history's windows exceeded, by column.
        threshold: What the largest distance over all columns, in those units, must exceed.
        false_alarm_rate: The share of the history's windows that would have raised an alarm, each judged by what the
            windows that share no session with it say, with the same margin. Never 0: the window that is checked counts
            as one of them (Phipson and Smyth 2010), for so few windows can't show how rare an alarm is.
        windows: How many windows it rests on.
    """

    scale: Floats
    threshold: float
    false_alarm_rate: float
    windows: int


def window_starts(rows: int, width: int) -> Starts:
    """The first rows of a history's windows."""
    return np.arange(0, rows - width + 1, max(1, width // _STRIDES))


def calibrate(distances: Floats, starts: Starts, width: int, rate: float) -> Calibration:
    """Set the threshold.

    Args:
        distances: [W, C] of each of the history's windows to the rest of it.
        starts: [W] where each begins.
        width: Rows of a window.
        rate: The share of checks that may raise an alarm although nothing is new, over all columns together.
    """
    scale, threshold = _limits(distances, rate)
    judged = _judged_by_others(distances, starts, width, rate)
    # By how much windows exceed limits that were set without them: that is how far off limits of so few windows are.
    margin = max(1.0, tail_quantile(judged, rate))
    alarms = int((judged > margin).sum())
    return Calibration(scale, threshold * margin, (alarms + 1) / (len(starts) + 1), len(starts))


def _judged_by_others(distances: Floats, starts: Starts, width: int, rate: float) -> Floats:
    """How far out each window lies by what the windows that share no session with it say: above 1 is an alarm. [W]"""
    found = np.empty(len(starts))
    for first in range(0, len(starts), _STRIDES):
        own = slice(first, first + _STRIDES)
        apart = (starts <= starts[own][0] - width) | (starts >= starts[own][-1] + width)
        scale, threshold = _limits(distances[apart], rate)
        found[own] = (distances[own] / scale).max(axis=1) / threshold
    return found


def _limits(distances: Floats, rate: float) -> tuple[Floats, float]:
    """The columns' scale and the threshold of their maximum."""
    scale = np.maximum(np.quantile(distances, _SCALE_LEVEL, axis=0), _SCALE_FLOOR)
    return scale, tail_quantile((distances / scale).max(axis=1), rate)


def tail_quantile(values: Floats, rate: float) -> float:
    """The value that a share `rate` exceeds, also where there are too few values to have seen it.

    Beyond the 80 % quantile the tail is taken to be exponential (peaks over threshold, Pickands 1975, with a shape of
    0): its mean excess is all that has to be estimated.
    """
    start = float(np.quantile(values, _TAIL_LEVEL))
    excess = values[values > start] - start
    if not len(excess):
        return start
    return start + float(excess.mean()) * float(np.log((1 - _TAIL_LEVEL) / rate))
