"""The gate on real bars: quiet where nothing is new, and heard where a regime is planted."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from backend.errors import InvalidRequestError
from backend.monitor.drift.calibration import MIN_WINDOWS
from backend.monitor.drift.columns import COLUMNS, FEATURES, PERSISTENCE, TARGET, Rows, make_rows
from backend.monitor.drift.gate import Gate
from backend.monitor.drift.quality import quality
from backend.monitor.drift.thresholds import column_thresholds
from backend.src.features.pipeline import LOOKBACK
from backend.tests.sample_bars import sample_bars

WIDTH = 60
PRICES = ["open", "high", "low", "close", "adj_close"]


def part(rows: Rows, where: slice) -> Rows:
    return Rows(rows.sessions[where], rows.values[where])


def drifting(bars: pd.DataFrame, sessions: int, daily: float) -> pd.DataFrame:
    """The same bars with a daily log return added to each of the last sessions."""
    planted = bars.copy()
    steps = np.concatenate([np.zeros(len(bars) - sessions), np.arange(1, sessions + 1) * daily])
    planted[PRICES] = planted[PRICES].mul(np.exp(steps), axis=0)
    return planted


def test_no_column_depends_on_the_level_of_prices() -> None:
    bars = sample_bars("IBM").head(300)
    dear = bars.assign(**{name: bars[name] * 1000 for name in PRICES}, volume=bars["volume"] / 1000)
    assert np.allclose(make_rows(bars).values, make_rows(dear).values, atol=1e-4, equal_nan=True)


def test_the_target_is_the_next_session_s_return_and_unknown_at_the_end() -> None:
    bars = sample_bars("IBM").head(120)
    rows = make_rows(bars)
    returns = np.diff(np.log(bars["adj_close"].to_numpy()))
    target = rows.values[:, COLUMNS.index(TARGET)]
    assert target[:-1] == pytest.approx(returns[LOOKBACK - 1 :])
    assert np.isnan(target[-1])
    expected = returns[60 - 1] * returns[60] / returns[60 - 21 : 60].std(ddof=1) ** 2
    assert rows.values[60 - (LOOKBACK - 1), COLUMNS.index(PERSISTENCE)] == pytest.approx(expected, rel=0.06)
    assert not {"weekday_sin", "weekday_cos"} & set(FEATURES)


@pytest.mark.parametrize("ticker", ["IBM", "MSFT"])
def test_a_planted_trend_is_drift_and_the_market_as_it_was_is_not(ticker: str) -> None:
    bars = sample_bars(ticker)
    rows = make_rows(bars)
    gate = Gate(part(rows, slice(0, -WIDTH - 20)), WIDTH, 0.01)
    assert not gate.check(part(rows, slice(-WIDTH, None))).drifted
    found = gate.check(part(make_rows(drifting(bars, WIDTH, 0.012)), slice(-WIDTH, None)))
    assert found.drifted
    assert found.columns[0].ratio == found.max_ratio == max(each.ratio for each in found.columns)


def test_ratios_are_distances_of_normal_scores_in_calibrated_units() -> None:
    rows = make_rows(sample_bars("GOOG"))
    history, window = part(rows, slice(0, 900)), part(rows, slice(950, 950 + WIDTH))
    gate = Gate(history, WIDTH, 0.01)
    found = {each.name: each for each in gate.check(window).columns}
    for name in ("rsi_14", "volatility_21", TARGET):
        i = COLUMNS.index(name)
        rank = stats.rankdata(history.values[:, i])
        own = stats.norm.ppf(rank / 901)
        below = (window.values[:, i][:, None] > history.values[:, i]).sum(axis=1)
        upto = (window.values[:, i][:, None] >= history.values[:, i]).sum(axis=1)
        new = stats.norm.ppf(((below + upto) / 2 + 0.5) / 901)
        assert found[name].distance == pytest.approx(stats.wasserstein_distance(own, new), rel=1e-6)
        limit = gate.calibration.scale[i] * gate.calibration.threshold
        assert found[name].ratio == pytest.approx(found[name].distance / limit)


def test_a_history_too_short_to_calibrate_by_is_refused_with_what_it_needs() -> None:
    rows = make_rows(sample_bars("FB"))
    with pytest.raises(InvalidRequestError, match=str(MIN_WINDOWS * WIDTH)):
        Gate(rows, WIDTH, 0.01)


def test_quality_counts_what_is_odd_about_a_window() -> None:
    bars = sample_bars("IBM").iloc[1000:1040].reset_index(drop=True)
    history = pd.Series(np.random.default_rng(0).normal(0, 0.01, 500))
    clean = quality(bars, "XNYS", history)
    assert (clean.missing_sessions, clean.zero_volume, clean.outliers) == (0, 0, 0)
    odd = bars.drop(index=[5, 6])
    odd["volume"] = np.where(odd.index == 10, 0, odd["volume"])
    odd["close"] = np.where(odd.index == 20, odd["close"].shift(), odd["close"])
    odd["adj_close"] = np.where(odd.index == 30, 1.5 * odd["adj_close"], odd["adj_close"])
    found = quality(odd, "XNYS", history)
    assert (found.missing_sessions, found.zero_volume, found.outliers) == (2, 1, 2)
    assert found.repeated_closes == clean.repeated_closes + 1


def test_the_report_s_thresholds_are_above_what_the_history_s_windows_show() -> None:
    frame = make_rows(sample_bars("MSFT")).frame().iloc[:-1][["rsi_14", "return_1"]]
    found = column_thresholds(frame, WIDTH, 0.01)
    for name, limit in found.items():
        values = frame[name].to_numpy()
        windows = [values[i : i + WIDTH] for i in range(0, len(values) - WIDTH, WIDTH)]
        shares = [stats.wasserstein_distance(values, window) / values.std() > limit for window in windows]
        assert np.mean(shares) <= 0.05
