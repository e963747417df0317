import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import InvalidRequestError
from backend.src.features.pipeline import LOOKBACK
from backend.src.training.splits import MIN_TEST_ROWS, MIN_TRAIN_ROWS, sessions_needed, walk_forward
from backend.src.training.walk_forward import TrainingRows
from backend.tests.sample_bars import sample_bars

GAP = 20
FEWEST_ROWS = MIN_TRAIN_ROWS + GAP + MIN_TEST_ROWS


@given(rows=st.integers(FEWEST_ROWS, 20_000), n_folds=st.integers(2, 10))
def test_every_label_learned_from_is_known_before_the_tests_begin(rows: int, n_folds: int) -> None:
    for fold in walk_forward(rows, n_folds, gap=GAP):
        last_label_ends = fold.train_stop - 1 + GAP
        assert last_label_ends < fold.test_start
        assert fold.train_stop >= MIN_TRAIN_ROWS


@given(rows=st.integers(FEWEST_ROWS, 20_000), n_folds=st.integers(2, 10))
def test_tests_follow_each_other_without_gap_or_overlap_to_the_last_row(rows: int, n_folds: int) -> None:
    folds = walk_forward(rows, n_folds, gap=GAP)
    assert [fold.number for fold in folds] == list(range(1, n_folds + 1))
    assert all(a.test_stop == b.test_start for a, b in itertools.pairwise(folds))
    assert all(fold.test_stop > fold.test_start for fold in folds)
    assert folds[-1].test_stop == rows
    assert folds[-1].test_stop - folds[0].test_start >= MIN_TEST_ROWS


def test_training_expands() -> None:
    stops = [fold.train_stop for fold in walk_forward(3209, 5)]
    assert stops == sorted(set(stops))
    assert stops[0] >= 3209 // 3


def test_the_shortest_history_is_the_one_that_the_error_names() -> None:
    bars = sample_bars("AAPL")
    rows = TrainingRows(bars.iloc[: sessions_needed()])
    assert walk_forward(len(rows), 5)
    with pytest.raises(InvalidRequestError) as caught:
        walk_forward(len(rows) - 1, 5)
    assert caught.value.extra["required"] == sessions_needed()
    assert f"{sessions_needed() - 1} sessions, at least {sessions_needed()}" in caught.value.detail


def test_the_shortest_sample_series_can_be_trained_on() -> None:
    rows = TrainingRows(sample_bars("FB"))
    assert len(rows) == 196 - (LOOKBACK - 1) - 20
    assert len(walk_forward(len(rows), 5)) == 5


def test_no_rows_at_all_is_an_error_of_the_request() -> None:
    with pytest.raises(InvalidRequestError, match="too short"):
        walk_forward(len(TrainingRows(sample_bars("FB").iloc[:30])), 5)


@given(rows=st.integers(FEWEST_ROWS, 20_000), n_folds=st.integers(2, 10), window=st.integers(100, 3000))
def test_a_rolling_window_ends_where_an_expanding_one_does_and_is_no_longer_than_asked(
    rows: int, n_folds: int, window: int
) -> None:
    for rolling, expanding in zip(walk_forward(rows, n_folds, window), walk_forward(rows, n_folds), strict=True):
        assert (rolling.train_stop, rolling.test_start) == (expanding.train_stop, expanding.test_start)
        assert rolling.train_stop - rolling.train_start == min(window, expanding.train_stop)


@given(rows=st.integers(FEWEST_ROWS, 3000), n_folds=st.integers(2, 10), window=st.none() | st.integers(100, 3000))
def test_no_training_label_shares_a_session_with_a_test_row(rows: int, n_folds: int, window: int | None) -> None:
    for fold in walk_forward(rows, n_folds, window):
        learned = {session for row in fold.train_rows for session in (row + 1, row + GAP)}
        assert max(learned) < fold.test_rows.min()
