"""Each measure against a loop or another library's word for it."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from backend.src.training.metrics import band_pinball, direction, mae, mase, rmse, smape, theil_u, wilson_interval

Floats = NDArray[np.float64]


def series(seed: int, n: int = 300) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 0.01, n), rng.normal(0, 0.02, n)


def test_mase_is_that_of_the_log_price_by_the_formula_in_a_loop() -> None:
    log_price = np.cumsum(np.random.default_rng(5).normal(0, 0.02, 400))
    learned, tested = log_price[:300], log_price[299:]
    forecast = tested[:-1] + 0.001
    in_sample = math.fsum(abs(b - a) for a, b in itertools.pairwise(learned)) / (len(learned) - 1)
    errors = [abs(a - f) for a, f in zip(tested[1:], forecast, strict=True)]
    expected = math.fsum(errors) / len(errors) / in_sample
    scale = np.full(100, np.abs(np.diff(learned)).mean())
    assert mase(forecast - tested[:-1], np.diff(tested), scale) == pytest.approx(expected, abs=1e-12)


def test_smape_is_that_of_the_prices_whatever_the_price() -> None:
    forecast, actual = series(1)
    for close in (0.5, 120.0):
        predicted, came = close * np.exp(forecast), close * np.exp(actual)
        expected = np.mean(2 * np.abs(predicted - came) / (predicted + came))
        assert smape(forecast, actual) == pytest.approx(expected, rel=1e-12)


def test_errors_agree_with_loops() -> None:
    forecast, actual = series(2)
    misses = [a - f for f, a in zip(forecast, actual, strict=True)]
    assert mae(forecast, actual) == pytest.approx(math.fsum(abs(m) for m in misses) / 300, rel=1e-12)
    assert rmse(forecast, actual) == pytest.approx(math.sqrt(math.fsum(m * m for m in misses) / 300), rel=1e-12)


def test_theils_u_of_naive_is_one_and_of_a_price_that_never_moved_unknown() -> None:
    _, actual = series(3)
    assert theil_u(np.zeros(300), actual) == 1
    assert theil_u(np.zeros(5), np.zeros(5)) is None


@given(level=st.sampled_from([50, 80, 95]), seed=st.integers(0, 50))
def test_pinball_of_a_band_is_its_winkler_score_rescaled(level: int, seed: int) -> None:
    forecast, actual = series(seed)
    half = np.abs(series(seed + 1)[1])
    alpha = 1 - level / 100
    low, high = forecast - half, forecast + half
    outside = np.maximum(low - actual, 0) + np.maximum(actual - high, 0)
    interval_score = (high - low + 2 / alpha * outside).mean()
    assert band_pinball(forecast, half, actual, level) == pytest.approx(alpha * interval_score / 4, rel=1e-9)


@pytest.mark.parametrize(("right", "tosses"), [(0, 10), (7, 10), (530, 1000), (10, 10)])
def test_direction_interval_is_scipys_binomial_one(right: int, tosses: int) -> None:
    expected = stats.binomtest(right, tosses).proportion_ci(method="wilson")
    assert wilson_interval(right / tosses, tosses) == pytest.approx([expected.low, expected.high], abs=1e-12)


def test_overlapping_returns_count_as_fewer_tosses() -> None:
    forecast, actual = series(4)
    (share, narrow), (same, wide) = direction(forecast, actual, 1), direction(forecast, actual, 20)
    assert share == same
    assert narrow is not None
    assert wide is not None
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_a_forecast_of_no_change_has_no_direction() -> None:
    assert direction(np.zeros(5), np.ones(5), 1) == (None, None)
