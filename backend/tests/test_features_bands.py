"""Bands against a naive loop that follows the days one by one, and against what they promise."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.src.features.bands import MIN_SCORES, STEP, WARM_UP, conformal_quantile, scores_needed, track_bands

Floats = NDArray[np.float64]
Market = tuple[Floats, Floats, Floats]
LEVELS = (50, 80, 95)


@pytest.mark.parametrize(("level", "fewest"), [(50, 1), (80, 4), (95, 19)])
def test_the_fewest_scores_give_their_largest(level: int, fewest: int) -> None:
    assert scores_needed(level) == fewest
    scores = np.arange(fewest, dtype=float)[:, np.newaxis]
    assert conformal_quantile(scores, np.array([level])) == fewest - 1


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("n", [19, 40, 99, 250])
def test_ranks_are_those_of_split_conformal_prediction(n: int, level: int) -> None:
    scores = np.random.default_rng(n).exponential(size=(n, 2))
    expected = [sorted(column)[math.ceil(round((n + 1) * level / 100, 9)) - 1] for column in scores.T]
    assert conformal_quantile(scores, np.array([level])).tolist() == [expected]


class Follower:
    """One level at one horizon, day by day: an outcome that became known is learned from, then a band is issued."""

    def __init__(self, level: int, h: int) -> None:
        self.level, self.h = level, h
        self.seen: list[float] = []
        self.q = math.nan

    def learn(self, score: float, issued: float) -> None:
        self.seen.append(score)
        if MIN_SCORES <= len(self.seen) <= WARM_UP:
            self.q = sorted(self.seen)[math.ceil(round((len(self.seen) + 1) * self.level / 100, 9)) - 1]
        elif len(self.seen) > WARM_UP:
            typical = float(np.median(self.seen[:WARM_UP])) / 0.6744897501960817
            miss_rate = (100 - self.level) / 100
            self.q = max(self.q + STEP / math.sqrt(self.h) * typical * ((score > issued) - miss_rate), 0.0)

    def follow(self, scores: list[float]) -> list[float]:
        issued: list[float] = []
        for day in range(len(scores)):
            made = day - self.h
            if made >= 0:
                self.learn(scores[made], issued[made])
            issued.append(self.q)
        return issued


def by_hand(forecast: Floats, actual: Floats, sigma: Floats) -> Floats:
    """Half-widths [n, L, H]; a band is at least as wide as those of a lower level or a nearer session."""
    scores = np.abs(actual - forecast) / sigma
    n, horizons = scores.shape
    raw = np.empty((n, len(LEVELS), horizons))
    for i, level in enumerate(LEVELS):
        for column in range(horizons):
            raw[:, i, column] = Follower(level, column + 1).follow(list(scores[:, column])) * sigma[:, column]
    widest = np.empty_like(raw)
    for i in range(len(LEVELS)):
        for column in range(horizons):
            widest[:, i, column] = raw[:, : i + 1, : column + 1].reshape(n, -1).max(axis=1)
    return widest


@pytest.fixture
def market() -> Market:
    """Forecasts of a wild market over 1 to 4 sessions; the last outcomes are not known yet."""
    rng = np.random.default_rng(3)
    n, horizons = 420, 4
    sigma = np.exp(np.cumsum(rng.normal(size=n) * 0.05))[:, np.newaxis] * np.sqrt(np.arange(1, horizons + 1)) * 0.01
    forecast = rng.normal(size=(n, horizons)) * 0.001
    actual = forecast + sigma * rng.standard_t(4, size=(n, horizons))
    for column in range(horizons):
        actual[n - column - 1 :, column] = np.nan
    return forecast, actual, sigma


def test_bands_are_those_of_someone_who_follows_the_days(market: Market) -> None:
    found = track_bands(*market)
    np.testing.assert_allclose(found.half_width, by_hand(*market), rtol=1e-12)


def test_a_band_knows_nothing_of_outcomes_that_came_later(market: Market) -> None:
    forecast, actual, sigma = market
    whole = track_bands(forecast, actual, sigma)
    for day in (60, 251, 300, 400):
        known = actual[: day + 1].copy()
        for column in range(known.shape[1]):
            known[day - column :, column] = np.nan
        cut = track_bands(forecast[: day + 1], known, sigma[: day + 1])
        assert np.array_equal(cut.half_width, whole.half_width[: day + 1], equal_nan=True)
        assert np.array_equal(cut.newest(), whole.half_width[day])


def test_bands_nest_and_widen_with_the_horizon(market: Market) -> None:
    half_width = track_bands(*market).half_width[30:]
    assert (np.diff(half_width, axis=1) >= 0).all()
    assert (np.diff(half_width, axis=2) >= 0).all()


def test_the_promise_is_kept_when_the_market_becomes_three_times_as_wild() -> None:
    rng = np.random.default_rng(11)
    scale = np.repeat([0.01, 0.03], 1500)[:, np.newaxis]
    actual = rng.standard_t(5, size=(3000, 1)) * scale
    blind = np.full_like(actual, 0.01)  # a volatility model that notices nothing
    tracked = track_bands(np.zeros_like(actual), actual, blind)
    wild, _ = tracked.coverage(slice(2200, None))
    np.testing.assert_allclose(wild[:, 0], [0.5, 0.8, 0.95], atol=0.02)


def test_coverage_counts_judged_rows_only(market: Market) -> None:
    forecast, actual, _ = market
    tracked = track_bands(*market)
    share, rows = tracked.coverage()
    recent_share, recent_rows = tracked.recent()
    for column in range(4):
        judged = [day for day in range(len(actual)) if not math.isnan(actual[day, column])]
        judged = [day for day in judged if not math.isnan(tracked.half_width[day, 0, column])]
        assert rows[column] == len(judged)
        for i in range(3):
            inside = [
                abs(actual[day, column] - forecast[day, column]) <= tracked.half_width[day, i, column] for day in judged
            ]
            assert share[i, column] == pytest.approx(np.mean(inside))
            assert recent_share[i, column] == pytest.approx(np.mean(inside[-60:]))
    assert recent_rows.tolist() == [60] * 4


def test_too_few_outcomes_make_no_band() -> None:
    few = np.zeros((MIN_SCORES, 1))
    with pytest.raises(ValueError, match="19 known outcomes"):
        track_bands(few, few, few + 1).newest()
    enough = np.zeros((MIN_SCORES + 1, 1))
    assert not np.isnan(track_bands(enough, enough, enough + 1).newest()).any()
