import numpy as np
import pandas as pd
import pytest

from backend.src.features.pipeline import FEATURE_NAMES, FEATURE_VERSION, LOOKBACK, make_features, make_targets
from backend.tests.sample_bars import TICKERS, sample_bars


@pytest.mark.parametrize("ticker", TICKERS)
def test_a_row_is_the_same_from_history_cut_at_its_session_as_from_the_whole(ticker: str) -> None:
    bars = sample_bars(ticker)
    whole = make_features(bars).to_numpy()
    for t in range(LOOKBACK - 1, len(bars)):
        cut = make_features(bars.iloc[: t + 1]).to_numpy()
        assert cut[-1].tobytes() == whole[t - LOOKBACK + 1].tobytes(), bars["session"].iloc[t]


@pytest.mark.parametrize("ticker", TICKERS)
def test_a_row_is_the_same_wherever_history_begins_before_its_look_back(ticker: str) -> None:
    bars = sample_bars(ticker)
    whole = make_features(bars).to_numpy()
    for start in range(0, len(bars) - LOOKBACK, 7):
        late = make_features(bars.iloc[start : start + LOOKBACK + 6]).to_numpy()
        assert late.tobytes() == whole[start : start + len(late)].tobytes()


def test_what_comes_after_a_session_never_shows_in_its_row() -> None:
    bars = sample_bars("AAPL")
    cut = 2000
    future = bars.iloc[cut:].sample(frac=1, random_state=1)
    shuffled = pd.concat([bars.iloc[:cut], future.assign(session=bars["session"].iloc[cut:].to_numpy())])
    rows = cut - LOOKBACK + 1
    assert make_features(shuffled).iloc[:rows].equals(make_features(bars).iloc[:rows])


def test_there_is_a_finite_float32_row_for_every_session_from_the_look_back_on() -> None:
    for ticker in TICKERS:
        bars = sample_bars(ticker)
        features = make_features(bars)
        assert tuple(features.columns) == FEATURE_NAMES
        assert list(features.index) == list(bars["session"].iloc[LOOKBACK - 1 :])
        assert {str(dtype) for dtype in features.dtypes} == {"float32"}
        assert np.isfinite(features.to_numpy()).all()


def test_history_shorter_than_the_look_back_has_no_rows() -> None:
    assert make_features(sample_bars("FB").iloc[: LOOKBACK - 1]).empty
    assert make_features(sample_bars("FB").iloc[:0]).empty
    assert len(make_features(sample_bars("FB").iloc[:LOOKBACK])) == 1


def test_a_split_of_the_unadjusted_prices_does_not_show() -> None:
    bars = sample_bars("MSFT").iloc[:400]
    before = bars["session"] < bars["session"].iloc[200]
    split = bars.copy()
    for name in ("open", "high", "low", "close"):
        split[name] = split[name].where(~before, split[name] * 2)
    split["volume"] = split["volume"].astype(float).where(~before, split["volume"] / 2)
    np.testing.assert_allclose(make_features(split), make_features(bars), atol=2e-6)


def test_the_scale_of_the_adjustment_does_not_show() -> None:
    bars = sample_bars("IBM").iloc[:300]
    rescaled = bars.assign(adj_close=bars["adj_close"] * 0.731)
    np.testing.assert_allclose(make_features(rescaled), make_features(bars), atol=2e-6)


def test_columns_agree_with_pandas_rolling_windows() -> None:
    bars = sample_bars("GOOG")
    features = make_features(bars).astype(float).reset_index(drop=True)
    close, log_close = bars["adj_close"], np.log(bars["adj_close"])
    daily = log_close.diff()
    gain, loss = daily.clip(lower=0).rolling(14).mean(), (-daily.clip(upper=0)).rolling(14).mean()
    turnover = pd.Series(np.log1p(bars["volume"] * bars["close"]))
    spread = pd.Series(np.log(bars["high"] / bars["low"]) ** 2)
    expected = {
        "return_1_lag_2": daily.shift(2),
        "return_10": log_close.diff(10),
        "overnight_gap": np.log(bars["open"] * close / bars["close"]) - log_close.shift(1),
        "volatility_21": daily.rolling(21).std(),
        "parkinson_10": np.sqrt(spread.rolling(10).mean() / (4 * np.log(2))),
        "ma_distance_40": np.log(close / close.rolling(40).mean()),
        "rsi_14": 1 - 1 / (1 + gain / loss),
        "bollinger_z_20": (close - close.rolling(20).mean()) / close.rolling(20).std(),
        "turnover_z_20": (turnover - turnover.rolling(20).mean()) / turnover.rolling(20).std(),
    }
    for name, series in expected.items():
        np.testing.assert_allclose(features[name], series.iloc[LOOKBACK - 1 :], rtol=1e-4, atol=1e-6, err_msg=name)


def test_macd_agrees_with_exponential_means_over_its_own_window() -> None:
    close = sample_bars("GOOG")["adj_close"]

    def finite(series: pd.Series, span: int, width: int) -> pd.Series:
        window = series.rolling(width)
        return window.apply(lambda x: pd.Series(x).ewm(span=span, adjust=True).mean().iloc[-1], raw=True)

    close = close.iloc[:150]
    macd = finite(close, 12, 34) - finite(close, 26, 34)
    histogram = (macd - finite(macd, 9, 9)) / close
    features = make_features(sample_bars("GOOG").iloc[:150])
    np.testing.assert_allclose(features["macd"], (macd / close).iloc[LOOKBACK - 1 :], atol=1e-7)
    np.testing.assert_allclose(features["macd_histogram"], histogram.iloc[LOOKBACK - 1 :], atol=1e-7)


def test_the_version_goes_with_the_meaning_of_the_columns() -> None:
    """Whoever changes what a column means must raise the version: models are only served rows of their own."""
    row = make_features(sample_bars("AAPL")).iloc[-1]
    assert FEATURE_VERSION == "b554696bf8f51be4"
    assert float(row.sum()) == pytest.approx(GOLDEN_SUM, abs=1e-5)


GOLDEN_SUM = -1.498811


def test_flat_prices_give_neutral_values() -> None:
    sessions = pd.bdate_range("2020-01-01", periods=60)
    names = ("open", "high", "low", "close", "adj_close")
    flat = pd.DataFrame({"session": sessions, **dict.fromkeys(names, 10.0), "volume": 0})
    row = make_features(flat).iloc[-1]
    assert row["rsi_14"] == 0.5
    assert row["bollinger_z_20"] == 0
    assert row["volatility_ratio"] == 1
    assert row["close_location"] == 0.5
    assert row["turnover_z_20"] == 0


def test_targets_are_log_returns_of_the_adjusted_close() -> None:
    bars = sample_bars("FB")
    targets = make_targets(bars)
    close = bars["adj_close"].to_list()
    assert targets.shape == (196, 20)
    for t, h in ((0, 1), (10, 5), (175, 20), (194, 1)):
        assert targets.iloc[t, h - 1] == pytest.approx(np.log(close[t + h] / close[t]), abs=1e-15)
    for h in range(1, 21):
        assert targets[h].isna().sum() == h
        assert targets[h].iloc[-h:].isna().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda bars: bars.iloc[::-1], "one row a session"),
        (lambda bars: pd.concat([bars, bars.iloc[-1:]]), "one row a session"),
        (lambda bars: bars.assign(close=bars["close"].where(bars.index != 5, 0.0)), "positive"),
        (lambda bars: bars.assign(adj_close=bars["adj_close"].where(bars.index != 5)), "positive"),
        (lambda bars: bars.assign(volume=-1), "zero or more"),
    ],
)
def test_refuses_bars_that_are_no_series_of_prices(change, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        make_features(change(sample_bars("FB")))
