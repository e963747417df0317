import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from backend.src.training.evaluation import verdict
from backend.src.training.significance import (
    better_p_value,
    corrected,
    diebold_mariano,
    skill_interval,
    worse_p_value,
)


def by_hand(loss: NDArray[np.float64], reference: NDArray[np.float64], h: int) -> float:
    """Diebold and Mariano (1995) with Harvey, Leybourne and Newbold's (1997) correction, in plain loops."""
    d = [a - b for a, b in zip(loss, reference, strict=True)]
    n = len(d)
    centre = math.fsum(d) / n
    total = 0.0
    for k in range(-(h - 1), h):
        total += math.fsum((d[t] - centre) * (d[t - abs(k)] - centre) for t in range(abs(k), n)) / n
    statistic = centre / math.sqrt(total / n) * math.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)
    return float(2 * stats.t.sf(abs(statistic), n - 1))


@pytest.mark.parametrize("h", [1, 2, 5, 20])
def test_p_value_agrees_with_the_formula_in_plain_loops(h: int) -> None:
    rng = np.random.default_rng(h)
    smooth = np.convolve(rng.normal(size=600), np.ones(h) / h, "valid")
    loss, reference = np.abs(smooth + 0.1), np.abs(smooth - 0.05 + 0.1 * rng.normal(size=len(smooth)))
    assert diebold_mariano(loss, reference, h) == pytest.approx(by_hand(loss, reference, h), abs=1e-10)


def test_equal_forecasts_have_no_p_value() -> None:
    loss = np.abs(np.random.default_rng(0).normal(size=100))
    assert diebold_mariano(loss, loss, 1) is None


def test_too_few_sessions_for_the_horizon_have_no_p_value() -> None:
    rng = np.random.default_rng(0)
    assert diebold_mariano(rng.random(10), rng.random(10), 20) is None


def test_a_negative_variance_estimate_falls_back_to_one_that_is_positive() -> None:
    loss = np.tile([1.0, -1.0], 20) + np.linspace(0, 0.01, 40)
    p = diebold_mariano(loss, np.zeros(40), 2)
    assert p is not None
    assert 0 <= p <= 1


def test_rejects_true_equality_about_as_often_as_it_claims() -> None:
    rng = np.random.default_rng(11)
    draws = [diebold_mariano(np.abs(rng.normal(size=300)), np.abs(rng.normal(size=300)), 1) for _ in range(1000)]
    assert 0.03 <= np.mean([p is not None and p < 0.05 for p in draws]) <= 0.07


@pytest.mark.parametrize(
    ("skill", "p", "words"),
    [
        (0.01, 0.41, "Not better than naive (p = 0.41, 1,012 sessions)"),
        (-0.01, 0.41, "Not better than naive (p = 0.41, 1,012 sessions)"),
        (0.018, 0.02, "Better than naive by 1.8 % in MAE (p = 0.020, 1,012 sessions)"),
        (-0.03, 0.0001, "Worse than naive by 3.0 % in MAE (p < 0.001, 1,012 sessions)"),
        (0.0, None, "Not shown to differ from naive (1,012 sessions)"),
        (0.01, 0.0502, "Not better than naive (p = 0.050, 1,012 sessions)"),
    ],
)
def test_verdict_in_words(skill: float, p: float | None, words: str) -> None:
    assert verdict(skill, p, 1012) == words


def autocorrelated(seed: int, n: int = 700) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    actual = np.convolve(rng.normal(0, 0.02, n + 4), np.ones(5), "valid")
    return actual, 0.1 * actual + rng.normal(0, 0.01, n), np.zeros(n)


@pytest.mark.parametrize("criterion", ["mae", "mse"])
def test_p_value_is_that_of_statsmodels_where_both_use_the_same_variance(criterion: str) -> None:
    from statsmodels.tsa.stattools import diebold_mariano_test

    actual, forecast, naive = autocorrelated(1)
    loss = np.abs if criterion == "mae" else np.square
    expected = diebold_mariano_test(actual, forecast, naive, lags=0, criterion=criterion, harvey_adj=True)
    found = diebold_mariano(loss(actual - forecast), loss(actual), 1)
    assert found == pytest.approx(float(expected.pvalue), abs=1e-10)


def test_one_sided_p_values_share_the_two_sided_one() -> None:
    actual, forecast, naive = autocorrelated(2)
    losses = np.abs(actual - forecast), np.abs(actual - naive)
    two_sided, worse, better = (f(*losses, 5) for f in (diebold_mariano, worse_p_value, better_p_value))
    assert two_sided is not None
    assert worse is not None
    assert better is not None
    assert worse + better == pytest.approx(1)
    assert 2 * min(worse, better) == pytest.approx(two_sided)
    assert better < worse


def test_every_variant_tried_makes_the_same_p_value_count_less() -> None:
    assert corrected(0.02, 1) == 0.02
    assert corrected(0.02, 3) == pytest.approx(0.06)
    assert corrected(0.4, 3) == 1
    assert corrected(None, 3) is None


def test_the_skill_interval_covers_the_true_skill_about_as_often_as_it_claims() -> None:
    rng, inside = np.random.default_rng(4), 0
    for seed in range(300):
        interval = skill_interval(np.abs(rng.normal(0, 0.9, 400)), np.abs(rng.normal(0, 1, 400)), 1, seed)
        assert interval is not None
        inside += interval[0] <= 0.1 <= interval[1]
    assert 0.91 <= inside / 300 <= 0.98


def test_the_skill_interval_is_wider_where_neighbouring_errors_hang_together() -> None:
    actual, forecast, naive = autocorrelated(3)
    loss, reference = np.abs(actual - forecast), np.abs(actual - naive)
    shuffled = np.random.default_rng(0).permutation(len(loss))
    wide, narrow = skill_interval(loss, reference, 5, 1), skill_interval(loss[shuffled], reference[shuffled], 5, 1)
    assert wide is not None
    assert narrow is not None
    assert wide[1] - wide[0] > narrow[1] - narrow[0]
    assert skill_interval(loss, reference, 5, 1) == wide


def test_a_reference_that_never_errs_leaves_no_skill_to_speak_of() -> None:
    assert skill_interval(np.ones(20), np.zeros(20), 1, 0) is None
