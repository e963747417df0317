"""Prediction bands that learn from their own misses.

A band's half-width is q * sigma: sigma says how wild the market is (`volatility`), and q is moved after every outcome,
up when the band missed it and down a little when it did not, so that the promised share is kept whatever the market
becomes (quantile tracking: Angelopoulos, Candès, Tibshirani 2023; adaptive conformal inference: Gibbs, Candès 2021).
The outcome of a forecast over h sessions is known, and learned from, h sessions later.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.src.features.windows import Floats
from bellwether_contracts.market import COVERAGE_LEVELS

STEP: Final = 0.05
"""How far one miss moves q, as a share of a typical score. Over h sessions neighbouring outcomes share h - 1 of them:
the step is divided by the square root of h."""

WARM_UP: Final = 250
"""Scores from which q starts: until then it is the split-conformal quantile of those there are."""

RECENT: Final = 60
"""Sessions over which the realised coverage is shown beside the promised one."""

_NORMAL_MEDIAN: Final = 0.6744897501960817
"""The median of |z| for a standard normal z."""


def scores_needed(level: int) -> int:
    """The fewest scores whose largest one still promises a coverage."""
    return math.ceil(level / (100 - level))


MIN_SCORES: Final = scores_needed(max(COVERAGE_LEVELS))


@dataclass(frozen=True, slots=True)
class Tracked:
    """Bands through time.

    Attributes:
        levels: Nominal coverages in percent.
        half_width: [n, L, H] in log return, as known at each row; NaN while there were too few outcomes.
        inside: [n, L, H] whether the outcome fell in; False where `judged` is.
        judged: [n, H] rows that had a band and whose outcome is known.
    """

    levels: tuple[int, ...]
    half_width: Floats
    inside: NDArray[np.bool_]
    judged: NDArray[np.bool_]

    def as_of(self, row: int) -> "Tracked":
        """The bands as they stood at an earlier row, when the outcomes that came later were not known."""
        rows = np.arange(row + 1)[:, np.newaxis]
        known = rows + np.arange(1, self.judged.shape[1] + 1) <= row
        judged = self.judged[: row + 1] & known
        inside = self.inside[: row + 1] & known[:, np.newaxis]
        return Tracked(self.levels, self.half_width[: row + 1], inside, judged)

    def newest(self) -> Floats:
        """[L, H] half-widths at the last row.

        Raises:
            ValueError: too few outcomes are known for some band.
        """
        newest = self.half_width[-1]
        if np.isnan(newest).any():
            raise ValueError(f"a band needs {MIN_SCORES} known outcomes")
        return np.asarray(newest)

    def coverage(self, rows: slice = slice(None)) -> tuple[Floats, NDArray[np.int_]]:
        """The share of outcomes inside, [L, H], and over how many, [H]; NaN where there is none."""
        judged = self.judged[rows]
        count = judged.sum(axis=0)
        with np.errstate(invalid="ignore"):
            return self.inside[rows].sum(axis=0) / count, count

    def recent(self) -> tuple[Floats, NDArray[np.int_]]:
        """`coverage` over each horizon's last `RECENT` outcomes."""
        newest_first = np.cumsum(self.judged[::-1], axis=0)[::-1]
        last = self.judged & (newest_first <= RECENT)
        count = last.sum(axis=0)
        with np.errstate(invalid="ignore"):
            return (self.inside & last[:, np.newaxis]).sum(axis=0) / count, count


def track_bands(
    forecast: Floats, actual: Floats, sigma: Floats, levels: Sequence[int] = COVERAGE_LEVELS, step: float = STEP
) -> Tracked:
    """Run the bands through a series of forecasts, as they would have been seen day by day.

    Args:
        forecast: [n, H] log returns, in order of time, one row a session.
        actual: [n, H] log returns that came; NaN where they are not known yet.
        sigma: [n, H] forecast standard deviations.
        levels: Nominal coverages in percent, ascending.
        step: See `STEP`.
    """
    scores = np.abs(actual - forecast) / sigma
    q = _track(scores, np.array(levels), step)
    # Bands nest and widen, even where two quantiles that were tracked apart have crossed.
    half_width = np.maximum.accumulate(np.maximum.accumulate(q * sigma[:, np.newaxis], axis=1), axis=2)
    error = np.abs(actual - forecast)[:, np.newaxis]
    with np.errstate(invalid="ignore"):
        inside = error <= half_width
    judged = ~np.isnan(half_width).any(axis=1) & ~np.isnan(actual)
    return Tracked(tuple(levels), half_width, inside & judged[:, np.newaxis], judged)


def _track(scores: Floats, levels: NDArray[np.int_], step: float) -> Floats:
    """q as known at each row, [n, L, H]: moved by the scores of rows whose outcome is known by then."""
    n, horizons = scores.shape
    q = np.full((n, len(levels), horizons), np.nan)
    started = ~np.isnan(scores[:, 0])
    if not started.any():
        return q
    first = int(np.argmax(started))
    after = _after_each_outcome(scores[first:], levels, step)
    for column in range(horizons):
        known_rows = n - first - (column + 1)
        if known_rows > 0:
            q[n - known_rows :, :, column] = after[:known_rows, :, column]
    return q


def _after_each_outcome(scores: Floats, levels: NDArray[np.int_], step: float) -> Floats:
    """q of every horizon once the outcome of each row's forecasts is known: [n, L, H].

    A row's forecast over h sessions was issued with the q that the outcome of h rows before had left.
    """
    n, horizons = scores.shape
    after = np.full((n, len(levels), horizons), np.nan)
    for row in range(MIN_SCORES - 1, min(WARM_UP, n)):
        after[row] = conformal_quantile(scores[: row + 1], levels)
    if n <= WARM_UP:
        return after
    typical = np.median(scores[:WARM_UP], axis=0) / _NORMAL_MEDIAN
    delay = np.arange(1, horizons + 1)
    pace = step / np.sqrt(delay) * typical
    miss_rate = (100 - levels[:, np.newaxis]) / 100
    columns = np.arange(horizons)
    for row in range(WARM_UP, n):
        issued = after[row - delay, :, columns].T
        after[row] = np.maximum(after[row - 1] + pace * ((scores[row] > issued) - miss_rate), 0.0)
    return after


def conformal_quantile(scores: Floats, levels: NDArray[np.int_]) -> Floats:
    """The value that the next score stays below with the promised probability, if it is like the others. [L, H]

    Its rank is that of split conformal prediction, (n + 1) * level rounded up (Lei et al. 2018).

    Args:
        scores: [n, H], n at least `scores_needed` of every level.
        levels: [L] in percent.
    """
    rank = np.ceil((len(scores) + 1) * levels / 100 - 1e-9).astype(int)
    return np.asarray(np.sort(scores, axis=0)[rank - 1])
