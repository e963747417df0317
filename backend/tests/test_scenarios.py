"""What scenarios plant: checked against what an autoregression of second order is known to be."""

import numpy as np
import pandas as pd
import pytest

from backend.src.ingestion.scenarios import ALTERNATION, RALLY, Law, replant
from backend.tests.sample_bars import sample_bars


def log_returns(bars: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.diff(np.log(bars["adj_close"].to_numpy()))


def test_a_law_alternates_as_regularly_as_it_says() -> None:
    values = Law(regularity=0.6, loudness=2.0, drift=0.5).returns(200_000, scale=0.01, seed=1)
    # Of +a, -a, ... and noise, neighbours correlate by minus the regular share of the variance.
    seen = [float(np.corrcoef(values[lag:], values[:-lag])[0, 1]) for lag in (1, 2, 3)]
    assert seen == pytest.approx([-0.6, 0.6, -0.6], abs=0.01)
    assert (values.mean(), values.std()) == pytest.approx((0.005, 0.02), abs=2e-4)


def test_the_past_stays_and_what_follows_moves_as_loud_as_the_law_says() -> None:
    bars = sample_bars("AAPL").tail(400).reset_index(drop=True)
    planted = replant(bars, ALTERNATION, 300, seed=7)
    pd.testing.assert_frame_equal(planted.head(300), bars.head(300))
    before, after = log_returns(bars)[:300], log_returns(planted)[299:]
    assert after.std() == pytest.approx(ALTERNATION.loudness * before.std(), rel=0.1)


def test_a_planted_bar_keeps_its_shape_its_split_and_its_volume() -> None:
    bars = sample_bars("AAPL").tail(400).reset_index(drop=True)
    planted = replant(bars, ALTERNATION, 300, seed=7)
    for name in ("open", "high", "low", "adj_close"):
        np.testing.assert_allclose(planted[name] / planted["close"], bars[name] / bars["close"])
    pd.testing.assert_frame_equal(planted[["volume", "split_ratio"]], bars[["volume", "split_ratio"]])


def test_the_sign_of_the_next_planted_return_follows_from_the_last() -> None:
    bars = sample_bars("AAPL").tail(900).reset_index(drop=True)
    real, planted = log_returns(bars)[299:], log_returns(replant(bars, ALTERNATION, 300, seed=7))[299:]
    turns = [float((np.sign(each[1:]) == -np.sign(each[:-1])).mean()) for each in (real, planted)]
    assert 0.4 < turns[0] < 0.6
    assert turns[1] > 0.95


def test_a_rally_rises_on_nearly_every_session() -> None:
    bars = sample_bars("AAPL").tail(300).reset_index(drop=True)
    assert (log_returns(replant(bars, RALLY, 0, seed=7)) > 0).mean() > 0.95


def test_a_seed_makes_one_series_and_another_seed_another() -> None:
    bars = sample_bars("AAPL").tail(300).reset_index(drop=True)
    one, again, other = (replant(bars, ALTERNATION, 200, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, again)
    assert not np.allclose(one["close"], other["close"])
