"""Distances, thresholds and the test of Page and Hinkley against plain loops, scipy and planted truths."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from backend.monitor.drift.calibration import calibrate, tail_quantile, window_starts
from backend.monitor.drift.concept import CHECKED, ConceptTest, Errors
from backend.monitor.drift.distance import NormalScores, Wasserstein
from backend.monitor.drift.page_hinkley import ALLOWANCE, YEAR, page_hinkley, threshold
from backend.src.features.windows import Floats

numbers = st.lists(st.integers(-50, 50).map(lambda n: n / 4), min_size=1, max_size=40)


@given(reference=numbers, sample=numbers)
def test_distance_agrees_with_scipy_also_where_values_repeat(reference: list[float], sample: list[float]) -> None:
    found = Wasserstein(np.array(reference))(np.array([sample]))
    assert found[0] == pytest.approx(stats.wasserstein_distance(reference, sample), abs=1e-9)


def test_samples_are_measured_each_by_itself() -> None:
    rng = np.random.default_rng(5)
    reference, samples = rng.normal(size=700), rng.standard_t(3, (20, 60)) + rng.normal(size=(20, 1))
    expected = [stats.wasserstein_distance(reference, sample) for sample in samples]
    assert Wasserstein(reference)(samples) == pytest.approx(expected, rel=1e-9)


def test_a_window_s_distance_to_the_rest_follows_from_that_to_the_whole() -> None:
    history = np.random.default_rng(6).normal(size=300).cumsum()
    rest, window = np.concatenate([history[:100], history[160:]]), history[100:160]
    whole = Wasserstein(history)(window[None])[0]
    assert whole * 300 / 240 == pytest.approx(stats.wasserstein_distance(rest, window), rel=1e-9)


def test_scores_are_the_normal_quantiles_of_middle_ranks() -> None:
    reference = np.array([3.0, 1.0, 2.0, 2.0])
    found = NormalScores(reference)(np.array([0.0, 1.0, 2.0, 99.0]))
    shares = [(0 + 0.5) / 5, (0.5 + 0.5) / 5, (2 + 0.5) / 5, (4 + 0.5) / 5]
    assert found == pytest.approx(stats.norm.ppf(shares))


def test_scores_do_not_ask_for_the_unit() -> None:
    values = np.random.default_rng(1).lognormal(size=200)
    assert NormalScores(values)(values) == pytest.approx(NormalScores(values**3 * 1e6)(values**3 * 1e6))


def test_one_crash_in_the_past_does_not_hide_a_shift_of_now() -> None:
    rng = np.random.default_rng(2)
    calm = rng.normal(0, 0.01, 1000)
    crashed = np.append(calm, -0.9)
    shifted = rng.normal(0.02, 0.01, 60)
    distances = []
    for history in (calm, crashed):
        scores = NormalScores(history)
        distances.append(Wasserstein(scores(history))(scores(shifted)[None])[0])
    assert distances[1] == pytest.approx(distances[0], rel=0.02)


def test_the_tail_of_an_exponential_is_found_beyond_what_was_seen() -> None:
    values = np.random.default_rng(3).exponential(2.0, 20_000)
    for rate in (0.05, 0.01, 0.001):
        assert tail_quantile(values, rate) == pytest.approx(2.0 * math.log(1 / rate), rel=0.03)


def test_values_that_do_not_differ_have_their_own_value_as_a_limit() -> None:
    assert tail_quantile(np.full(30, 0.7), 0.01) == pytest.approx(0.7)


def _null(rows: int, width: int, columns: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Distances of a history's windows, and that history."""
    values = rng.normal(size=(rows, columns))
    starts = window_starts(rows, width)
    windows = starts[:, None] + np.arange(width)
    apart = np.column_stack([Wasserstein(column)(column[windows]) for column in values.T])
    return apart * rows / (rows - width), values


def test_new_windows_of_an_unchanged_market_are_called_drift_about_as_often_as_asked() -> None:
    rng, width, alarms = np.random.default_rng(4), 30, []
    for _ in range(60):
        apart, values = _null(900, width, 5, rng)
        found = calibrate(apart, window_starts(900, width), width, 0.05)
        fresh = rng.normal(size=(4, width, 5))
        distances = np.column_stack([Wasserstein(values[:, i])(fresh[:, :, i]) for i in range(5)])
        alarms += list((distances / found.scale).max(axis=1) > found.threshold)
    assert 0.005 <= np.mean(alarms) <= 0.08


def test_the_threshold_has_a_margin_for_what_was_not_seen_when_it_was_set() -> None:
    rng = np.random.default_rng(8)
    apart, _ = _null(1200, 60, 3, rng)
    starts = window_starts(1200, 60)
    episode = np.abs(starts - 600) < 60
    apart[episode] *= 1.8
    found = calibrate(apart, starts, 60, 0.01)
    # What happened once says how far off limits are that were set without it.
    assert found.threshold > 1.1 * tail_quantile((apart / found.scale).max(axis=1), 0.01)
    assert found.false_alarm_rate <= 0.05


def test_few_windows_without_an_alarm_are_no_proof_that_there_is_never_one() -> None:
    apart, _ = _null(499, 60, 3, np.random.default_rng(8))
    found = calibrate(apart, window_starts(499, 60), 60, 0.01)
    assert found.false_alarm_rate >= 1 / (found.windows + 1)


def naive_page_hinkley(values: list[float], mean: float, allowance: float) -> list[float]:
    total = lowest = 0.0
    found = []
    for value in values:
        total += value - mean - allowance
        lowest = min(lowest, total)
        found.append(total - lowest)
    return found


@given(values=st.lists(st.floats(-5, 5), min_size=1, max_size=60), mean=st.floats(-1, 1), allowance=st.floats(0, 1))
def test_page_hinkley_agrees_with_a_loop(values: list[float], mean: float, allowance: float) -> None:
    found = page_hinkley(np.array(values), mean, allowance)
    assert found == pytest.approx(naive_page_hinkley(values, mean, allowance), abs=1e-9)


def test_years_without_change_alarm_about_as_often_as_asked() -> None:
    shares = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        past = rng.standard_t(5, 3000)
        past /= past.std()
        years = rng.choice(past, (1000, YEAR))
        shares.append((page_hinkley(years, float(past.mean()), ALLOWANCE).max(axis=1) > threshold(past, 0.1)).mean())
    assert 0.07 <= np.mean(shares) <= 0.14


def _errors(rng: np.random.Generator, n: int, extra: float) -> Errors:
    naive = np.abs(rng.normal(0, 0.02, n))
    return Errors(np.abs(naive + rng.normal(extra, 0.004, n)), naive)


def test_errors_that_grow_are_found_and_steady_ones_are_not() -> None:
    rng = np.random.default_rng(10)
    test = ConceptTest(_errors(rng, 1500, 0.0), 0.05)
    steady, grown = test.test(_errors(rng, 120, 0.0)), test.test(_errors(rng, 120, 0.003))
    assert (steady.state, steady.drifted) == (CHECKED, False)
    assert grown.drifted
    assert grown.live_ratio is not None
    assert steady.live_ratio is not None
    assert grown.live_ratio > steady.live_ratio


def test_what_serves_no_change_can_not_err_more_than_no_change() -> None:
    naive = np.abs(np.random.default_rng(11).normal(size=200))
    found = ConceptTest(Errors(naive, naive), 0.05).test(Errors(naive[:50], naive[:50]))
    assert (found.drifted, found.threshold) == (False, None)
    assert "no change is served" in found.state


def test_without_an_outcome_there_is_nothing_to_test() -> None:
    none = Errors(np.empty(0), np.empty(0))
    found = ConceptTest(_errors(np.random.default_rng(12), 100, 0.0), 0.05).test(none)
    assert (found.drifted, found.live_ratio, found.sessions) == (False, None, 0)
