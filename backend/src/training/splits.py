"""Walk-forward folds: learn from the past, be tested on what came after, never the other way."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.errors import InvalidRequestError
from backend.src.features.bands import MIN_SCORES
from backend.src.features.pipeline import LOOKBACK
from bellwether_contracts.market import MAX_HORIZON

MIN_TRAIN_ROWS = 50
MIN_TEST_ROWS = 2 * MIN_SCORES
"""All folds together must give the widest band its scores, and some rows to be judged by."""

FIRST_TRAIN_SHARE = 1 / 3
"""The first fold learns from at least this share of the rows; all later rows are tested on."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows [train_start, train_stop) to learn from and [test_start, test_stop) to be tested on."""

    number: int
    train_start: int
    train_stop: int
    test_start: int
    test_stop: int

    @property
    def train_rows(self) -> NDArray[np.int_]:
        """Positions of the rows to learn from."""
        return np.arange(self.train_start, self.train_stop)

    @property
    def test_rows(self) -> NDArray[np.int_]:
        """Positions of the rows to be tested on."""
        return np.arange(self.test_start, self.test_stop)


def sessions_needed(gap: int = MAX_HORIZON) -> int:
    """The shortest history that can be trained on: look-back, first fold, gap, tests and the last label's future."""
    return LOOKBACK - 1 + MIN_TRAIN_ROWS + gap + MIN_TEST_ROWS + gap


def walk_forward(rows: int, n_folds: int, window: int | None = None, gap: int = MAX_HORIZON) -> list[Fold]:
    """Folds whose test rows are consecutive, disjoint and cover the end of the series.

    A row's label spans the `gap` sessions after it. So the last `gap` rows before a test are not learned from: their
    labels reach into it (López de Prado 2018, ch. 7: purging).

    Args:
        rows: Rows that have features and every label.
        n_folds: How many folds; a short series gets as many tests in fewer rows each.
        window: How many rows are learned from at most: training rolls. By default it expands: all that came before.
        gap: Rows left out between learning and testing: the longest horizon.

    Raises:
        InvalidRequestError: the series is too short; the error names the fewest sessions.
    """
    first_test = max(MIN_TRAIN_ROWS, int(rows * FIRST_TRAIN_SHARE)) + gap
    first_test = min(first_test, rows - MIN_TEST_ROWS)
    if first_test < MIN_TRAIN_ROWS + gap:
        needed = sessions_needed(gap)
        held = max(rows, 0) + LOOKBACK - 1 + gap
        raise InvalidRequestError(
            f"The history is too short to train on: {held} sessions, at least {needed} are needed.", required=needed
        )
    bounds = [first_test + (rows - first_test) * i // n_folds for i in range(n_folds + 1)]
    return [
        Fold(i + 1, first_of_window(bounds[i] - gap, window), bounds[i] - gap, bounds[i], bounds[i + 1])
        for i in range(n_folds)
    ]


def first_of_window(stop: int, window: int | None) -> int:
    """The first row to learn from when the last one is that before `stop`."""
    return 0 if window is None else max(0, stop - window)
