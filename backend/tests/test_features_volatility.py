"""The volatility models against naive loops and closed forms."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.src.features.volatility import (
    ewma_sigma,
    fit_har,
    har_inputs,
    har_sigma,
    har_targets,
    range_variance,
)
from backend.tests.sample_bars import sample_bars


def test_range_variance_is_garman_and_klass_and_never_zero() -> None:
    bars = sample_bars("IBM").iloc[:200]
    prices = bars[["open", "high", "low", "close"]].to_numpy()
    for (opened, high, low, close), value in zip(prices, range_variance(bars), strict=True):
        spread, body = math.log(high / low), math.log(close / opened)
        assert value == pytest.approx(max(0.5 * spread**2 - (2 * math.log(2) - 1) * body**2, 1e-8), rel=1e-12)
    flat = bars.assign(open=10.0, high=10.0, low=10.0, close=10.0)
    assert (range_variance(flat) == 1e-8).all()


def test_range_variance_does_not_see_a_split() -> None:
    bars = sample_bars("IBM").iloc[:50]
    halved = bars.assign(**{name: bars[name] / 2 for name in ("open", "high", "low", "close")})
    np.testing.assert_allclose(range_variance(halved), range_variance(bars), rtol=1e-9)


def test_har_inputs_are_mean_log_variances_of_a_session_a_week_and_a_month() -> None:
    variance = np.random.default_rng(1).exponential(size=60)
    inputs = har_inputs(variance)
    assert np.isnan(inputs[:21]).any(axis=1).all()
    for row in range(21, 60):
        expected = [1.0, *(np.log(variance[row + 1 - width : row + 1]).mean() for width in (1, 5, 22))]
        np.testing.assert_allclose(inputs[row], expected, rtol=1e-12)


def test_har_inputs_are_the_same_bits_with_and_without_the_future() -> None:
    variance = range_variance(sample_bars("AAPL").iloc[:300])
    whole = har_inputs(variance)
    assert all(har_inputs(variance[: t + 1])[-1].tobytes() == whole[t].tobytes() for t in range(22, 300))


def test_har_targets_are_the_log_of_the_mean_variance_to_come() -> None:
    variance = np.random.default_rng(2).exponential(size=30)
    targets = har_targets(variance, 5)
    for row in range(30):
        for h in range(1, 6):
            known = row + h < 30
            assert np.isnan(targets[row, h - 1]) != known
            if known:
                assert targets[row, h - 1] == pytest.approx(math.log(variance[row + 1 : row + h + 1].mean()))


def test_har_finds_the_coefficients_that_made_the_data() -> None:
    rng = np.random.default_rng(3)
    inputs = np.column_stack([np.ones(5000), rng.normal(size=(5000, 3))])
    truth = np.array([[-9.0, -8.5], [0.3, 0.1], [0.3, 0.4], [0.3, 0.3]])
    found = fit_har(inputs, inputs @ truth + rng.normal(size=(5000, 2)) * 0.1)
    np.testing.assert_allclose(found, truth, atol=0.01)
    np.testing.assert_allclose(har_sigma(inputs[:1], truth)[0], np.sqrt([1, 2] * np.exp(inputs[0] @ truth)))


@pytest.mark.parametrize("ticker", ["AAPL", "GOOG", "IBM", "MSFT"])
def test_har_beats_the_last_variance_and_the_weighted_mean_on_a_real_market(ticker: str) -> None:
    variance = range_variance(sample_bars(ticker))
    inputs, target = har_inputs(variance), har_targets(variance, 1)
    half = len(variance) // 2
    coefficients = fit_har(inputs[22 : half - 1], target[22 : half - 1])
    weighted = np.empty(len(variance))
    weighted[21] = variance[:22].mean()
    for row in range(22, len(variance)):
        weighted[row] = 0.94 * weighted[row - 1] + 0.06 * variance[row]
    later = slice(half, -1)

    def rmse(forecast: NDArray[np.float64]) -> float:
        return float(np.sqrt(np.square(forecast - target[later, 0]).mean()))

    har = rmse((inputs[later] @ coefficients)[:, 0])
    assert har / rmse(np.log(variance[later])) < 0.85
    assert har < rmse(np.log(weighted[later]))


def test_without_a_model_sigma_is_the_weighted_mean_of_squared_returns() -> None:
    daily = np.r_[np.nan, np.random.default_rng(4).normal(size=80) * 0.02]
    sigma = ewma_sigma(daily, 4)
    assert np.isnan(sigma[:10]).all()
    assert not np.isnan(sigma[10:]).any()
    for row in (10, 50, 80):
        weights = 0.94 ** np.arange(row)
        mean = (weights * np.square(daily[row:0:-1])).sum() / weights.sum()
        np.testing.assert_allclose(sigma[row], np.sqrt(mean * np.arange(1, 5)), rtol=1e-9)
