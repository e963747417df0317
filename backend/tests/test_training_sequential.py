"""The test that decides on promotions: how often it is wrong under many looks, and whether it finds what is there."""

import numpy as np
import pytest

from backend.src.training.sequential import ALPHA, WARM_UP, Floats, e_values, harm_values, needed

SESSIONS = 1500
SERIES = 300


def market(rng: np.random.Generator, horizon: int, predictable: float = 0.004) -> tuple[Floats, Floats]:
    """The predictable part of returns over `horizon` sessions, and those returns: they overlap, with fat tails."""
    known: Floats = rng.normal(0, predictable, SESSIONS + horizon)
    daily: Floats = known + 0.01 * rng.standard_t(4, SESSIONS + horizon)
    return _sums(known, horizon), _sums(daily, horizon)


def _sums(series: Floats, width: int) -> Floats:
    total = np.concatenate([[0.0], np.cumsum(series)])
    return np.asarray(total[width:] - total[:-width])


def looks(path: Floats) -> Floats:
    """The evidence at 100 times."""
    return np.asarray(path[np.linspace(0, len(path) - 1, 100).astype(int)])


@pytest.mark.parametrize("horizon", [1, 5, 20])
def test_equal_forecasters_are_rarely_told_apart_in_a_hundred_looks(horizon: int) -> None:
    rng = np.random.default_rng(20261121 + horizon)
    wrong = 0
    for _ in range(SERIES):
        _known, actual = market(rng, horizon)
        champion, challenger = rng.normal(0, 0.003, (2, len(actual)))
        wrong += bool((looks(e_values(champion, challenger, actual, horizon)) >= 1 / ALPHA).any())
    assert wrong / SERIES <= ALPHA


@pytest.mark.parametrize(("horizon", "predictable"), [(1, 0.004), (5, 0.012)])
def test_a_challenger_that_knows_more_is_found(horizon: int, predictable: float) -> None:
    rng = np.random.default_rng(7 + horizon)
    found = 0
    for _ in range(50):
        known, actual = market(rng, horizon, predictable)
        found += e_values(np.zeros_like(known), known, actual, horizon)[-1] >= 1 / ALPHA
    assert found >= 45


def test_a_champion_that_knows_more_is_never_replaced() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        known, actual = market(rng, 1)
        assert e_values(known, np.zeros_like(known), actual, 1)[-1] < 1


def test_the_wealth_is_that_of_betting_session_by_session() -> None:
    rng = np.random.default_rng(11)
    known, actual = market(rng, 1)
    champion, challenger = np.zeros_like(known)[:200], known[:200]
    wealth = dict.fromkeys(np.geomspace(0.005, 0.75, 12), 1.0)
    furthest = 0.0
    for day, (a, b, y) in enumerate(zip(champion, challenger, actual, strict=False)):
        if day >= WARM_UP:
            result = (abs(y - a) - abs(y - b)) / max(furthest, abs(a - b))
            wealth = {stake: money * (1 + stake * result) for stake, money in wealth.items()}
        furthest = max(furthest, abs(a - b))
    expected = sum(wealth.values()) / len(wealth)
    assert e_values(champion, challenger, actual[:200], 1)[-1] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("horizon", [1, 20])
def test_what_comes_later_changes_no_evidence_of_before(horizon: int) -> None:
    known, actual = market(np.random.default_rng(5), horizon)
    whole = e_values(np.zeros_like(known), known, actual, horizon)
    part = e_values(np.zeros(600), known[:600], actual[:600], horizon)
    np.testing.assert_allclose(part, whole[: len(part)], rtol=1e-12)


def test_the_same_forecasts_are_no_evidence() -> None:
    known, actual = market(np.random.default_rng(5), 1)
    assert set(e_values(known, known, actual, 1)) == {1.0}


def test_too_few_sessions_are_no_evidence() -> None:
    assert len(e_values(np.zeros(WARM_UP), np.ones(WARM_UP), np.ones(WARM_UP), 1)) == 0


def test_however_many_challengers_are_tried_their_levels_sum_to_alpha() -> None:
    levels = [1 / needed(rank) for rank in range(1, 10_000)]
    assert needed(1) == pytest.approx(np.pi**2 / 6 / ALPHA)
    assert ALPHA * 0.999 < sum(levels) <= ALPHA


@pytest.mark.parametrize(("horizon", "size"), [(1, 0.1), (1, 0.5), (1, 2.0), (5, 0.5), (20, 0.5)])
def test_forecasts_that_do_no_harm_are_hardly_ever_called_harmful(horizon: int, size: float) -> None:
    """They err exactly as much as "no change": one forecast in two has the right sign."""
    rng = np.random.default_rng(20261121 + horizon)
    wrong = 0
    for _ in range(SERIES):
        forecast = _sums(rng.normal(0, size * 0.01, 250 + horizon), horizon)
        noise = _sums(0.01 * rng.standard_t(4, 250 + horizon), horizon)
        wrong += bool((harm_values(forecast, forecast / 2 + noise, horizon) >= 100).any())
    assert wrong / SERIES <= 0.01


@pytest.mark.parametrize(("horizon", "size", "within"), [(1, 0.15, 15), (5, 0.4, 90)])
def test_forecasts_that_are_plainly_wrong_are_found_soon(horizon: int, size: float, within: int) -> None:
    rng = np.random.default_rng(9)
    for _ in range(50):
        actual = _sums(0.015 * rng.standard_t(4, 120 + horizon), horizon)
        path = harm_values(np.full(len(actual), size), actual, horizon)
        assert path[:5].max() < 100
        assert path[:within].max() >= 100


def test_the_evidence_of_harm_is_that_of_betting_session_by_session() -> None:
    rng = np.random.default_rng(11)
    forecast, actual = rng.normal(0, 0.02, (2, 60))
    wealth = np.ones((5, 3))
    furthest, path = 0.0, []
    for day, (f, y) in enumerate(zip(forecast, actual, strict=True)):
        furthest = max(furthest, abs(f))
        wealth[day % 5] *= 1 + np.array([0.3, 0.6, 0.95]) * (abs(y - f) - abs(y)) / furthest
        path.append(wealth.mean(axis=1).max() / 5)
    np.testing.assert_allclose(harm_values(forecast, actual, 5), path, rtol=1e-12)


def test_no_change_does_no_harm() -> None:
    assert set(harm_values(np.zeros(50), np.random.default_rng(1).normal(size=50), 1)) == {1.0}
