"""The one function that makes features: for training, serving and drift alike.

Every column is a ratio, a log return or a z-score, so that neither a split nor the price level shows in it. A row at
session t uses the `LOOKBACK` bars that end at t and nothing else.
"""

import hashlib
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.src.features import windows
from backend.src.features.windows import Floats
from bellwether_contracts.market import MAX_HORIZON

LOOKBACK: Final = 42
"""Bars that one row needs: the MACD histogram's 34 + 9 - 1. A short series (FB: 196 bars) keeps most of its rows."""

BAR_COLUMNS: Final = ("session", "open", "high", "low", "close", "adj_close", "volume")
_DEFINITION: Final = 1  # raise it when a column's meaning changes while its name stays
_MACD_WIDTH: Final = 34
_SIGNAL_WIDTH: Final = 9


def _checked(bars: pd.DataFrame) -> tuple[pd.DatetimeIndex, dict[str, Floats]]:
    sessions = pd.DatetimeIndex(pd.to_datetime(bars["session"], cache=False), name="session").as_unit("ns")
    if not (sessions.is_monotonic_increasing and sessions.is_unique):
        raise ValueError("bars must have one row a session, in order")
    columns = {name: bars[name].to_numpy(np.float64) for name in BAR_COLUMNS[1:]}
    if not all((np.isfinite(x) & (x > 0)).all() for name, x in columns.items() if name != "volume"):
        raise ValueError("every price must be a positive number")
    if not (np.isfinite(columns["volume"]) & (columns["volume"] >= 0)).all():
        raise ValueError("every volume must be zero or more")
    return sessions, columns


def _return_columns(bar: dict[str, Floats], log_close: Floats, daily: Floats) -> dict[str, Floats]:
    adjusted_open = np.log(bar["open"]) + log_close - np.log(bar["close"])
    return {
        "return_1": daily,
        "return_1_lag_1": windows.lag(daily, 1),
        "return_1_lag_2": windows.lag(daily, 2),
        "return_1_lag_3": windows.lag(daily, 3),
        "return_5": log_close - windows.lag(log_close, 5),
        "return_10": log_close - windows.lag(log_close, 10),
        "return_21": log_close - windows.lag(log_close, 21),
        "overnight_gap": adjusted_open - windows.lag(log_close, 1),
    }


def _volatility_columns(bar: dict[str, Floats], daily: Floats) -> dict[str, Floats]:
    # Within a session the factor of adjustment cancels, so raw prices give the adjusted range.
    spread = np.square(np.log(bar["high"] / bar["low"]))
    body = np.square(np.log(bar["close"] / bar["open"]))
    garman_klass = np.maximum(0.5 * spread - (2 * np.log(2) - 1) * body, 0.0)
    short, long = windows.std(daily, 5), windows.std(daily, 21)
    return {
        "volatility_5": short,
        "volatility_21": long,
        "volatility_ratio": windows.ratio(short, long, 1.0),
        "parkinson_10": np.sqrt(windows.mean(spread, 10) / (4 * np.log(2))),
        "garman_klass_1": np.sqrt(garman_klass),
        "garman_klass_21": np.sqrt(windows.mean(garman_klass, 21)),
    }


def _rsi(daily: Floats, width: int) -> Floats:
    """Cutler's RSI from 0 to 1: plain means, where Wilder's smoothing would never forget the first bar."""
    gain = windows.mean(np.maximum(daily, 0.0), width)
    loss = windows.mean(np.maximum(-daily, 0.0), width)
    return windows.ratio(gain, gain + loss, 0.5)


def _trend_columns(bar: dict[str, Floats], daily: Floats) -> dict[str, Floats]:
    close = bar["adj_close"]
    fast = windows.exponential_mean(close, 12, _MACD_WIDTH)
    macd = fast - windows.exponential_mean(close, 26, _MACD_WIDTH)
    signal = windows.exponential_mean(macd, 9, _SIGNAL_WIDTH)
    return {
        "ma_distance_5": np.log(close / windows.mean(close, 5)),
        "ma_distance_10": np.log(close / windows.mean(close, 10)),
        "ma_distance_40": np.log(close / windows.mean(close, 40)),
        "macd": macd / close,
        "macd_histogram": (macd - signal) / close,
        "rsi_14": _rsi(daily, 14),
        "bollinger_z_20": windows.ratio(close - windows.mean(close, 20), windows.std(close, 20), 0.0),
        "close_location": windows.ratio(bar["close"] - bar["low"], bar["high"] - bar["low"], 0.5),
    }


def _activity_columns(bar: dict[str, Floats], sessions: pd.DatetimeIndex) -> dict[str, Floats]:
    # Turnover in money: a split changes shares and price, never their product.
    turnover = np.log1p(bar["volume"] * bar["close"])
    centre = windows.mean(turnover, 20)
    angle = 2 * np.pi * sessions.dayofweek.to_numpy(np.float64) / 5
    return {
        "turnover_z_20": windows.ratio(turnover - centre, windows.std(turnover, 20), 0.0),
        "turnover_trend": windows.mean(turnover, 5) - centre,
        "weekday_sin": np.sin(angle),
        "weekday_cos": np.cos(angle),
    }


def _columns(sessions: pd.DatetimeIndex, bar: dict[str, Floats]) -> dict[str, Floats]:
    log_close = np.log(bar["adj_close"])
    daily = log_close - windows.lag(log_close, 1)
    return {
        **_return_columns(bar, log_close, daily),
        **_volatility_columns(bar, daily),
        **_trend_columns(bar, daily),
        **_activity_columns(bar, sessions),
    }


FEATURE_NAMES: Final[tuple[str, ...]] = (
    "return_1",
    "return_1_lag_1",
    "return_1_lag_2",
    "return_1_lag_3",
    "return_5",
    "return_10",
    "return_21",
    "overnight_gap",
    "volatility_5",
    "volatility_21",
    "volatility_ratio",
    "parkinson_10",
    "garman_klass_1",
    "garman_klass_21",
    "ma_distance_5",
    "ma_distance_10",
    "ma_distance_40",
    "macd",
    "macd_histogram",
    "rsi_14",
    "bollinger_z_20",
    "close_location",
    "turnover_z_20",
    "turnover_trend",
    "weekday_sin",
    "weekday_cos",
)

FEATURE_VERSION: Final = hashlib.sha256(f"{_DEFINITION}:{LOOKBACK}:{','.join(FEATURE_NAMES)}".encode()).hexdigest()[:16]
"""A model only ever sees rows of the version that it was trained on."""


def make_features(bars: pd.DataFrame) -> pd.DataFrame:
    """Turn daily bars into model input.

    Args:
        bars: columns `BAR_COLUMNS`, one row a session, in order.

    Returns:
        float32 columns `FEATURE_NAMES` by session. The first `LOOKBACK - 1` sessions have no row.

    Raises:
        ValueError: sessions repeat or are out of order, or a price is not a positive number.
    """
    sessions, bar = _checked(bars)
    columns = _columns(sessions, bar)
    start = LOOKBACK - 1
    values: NDArray[np.float32] = np.empty((max(len(sessions) - start, 0), len(FEATURE_NAMES)), np.float32)
    for i, name in enumerate(FEATURE_NAMES):
        values[:, i] = columns[name][start:]
    return pd.DataFrame(values, index=sessions[start:], columns=list(FEATURE_NAMES))


def make_targets(bars: pd.DataFrame, horizons: int = MAX_HORIZON) -> pd.DataFrame:
    """Log return of the adjusted close over the next 1 to `horizons` sessions; NaN where the future is unknown."""
    sessions, bar = _checked(bars)
    log_close = np.log(bar["adj_close"])
    targets = np.full((len(sessions), horizons), np.nan)
    for h in range(1, min(horizons, len(sessions) - 1) + 1):
        targets[:-h, h - 1] = log_close[h:] - log_close[:-h]
    return pd.DataFrame(targets, index=sessions, columns=range(1, horizons + 1))
