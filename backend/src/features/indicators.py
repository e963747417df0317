"""The technical indicators that stand beside the bars in ClickHouse and on the chart.

All price indicators are of the adjusted close, so a split or a dividend is not a signal; `vol_ma10` is of the volume as
stored. An indicator is NaN until its window is full and depends on bars up to its own session only.

Conventions (those of TA-Lib, so that values can be compared with other programs):
    - An exponential average of span n starts at bar n with the plain mean of the first n values; alpha = 2 / (n + 1).
    - MACD = EMA12 - EMA26; its signal is the exponential average of span 9 of MACD itself, seeded likewise.
    - Bollinger bands lie two *population* standard deviations (ddof 0) around the 20-session mean (Bollinger, 2001).
    - RSI14 smooths gains and losses as Wilder (1978): seeded with the mean of the first 14 changes, alpha = 1 / 14.
      Where there was no loss it is 100, and 50 where the price did not move at all.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

Array = npt.NDArray[np.float64]

INDICATOR_COLUMNS = (
    "ma5",
    "ma10",
    "ema12",
    "ema26",
    "macd",
    "macd_signal",
    "macd_hist",
    "bb_upper",
    "bb_middle",
    "bb_lower",
    "vol_ma10",
    "rsi14",
)


def add_indicators(bars: pd.DataFrame) -> pd.DataFrame:
    """The bars with one column for each of `INDICATOR_COLUMNS`.

    Args:
        bars: One ticker's whole series in the order of its sessions, with `adj_close` and `volume`.
    """
    price = bars["adj_close"].to_numpy(dtype=np.float64)
    volume = bars["volume"].to_numpy(dtype=np.float64)
    ema12, ema26 = exponential_average(price, 12), exponential_average(price, 26)
    macd = ema12 - ema26
    signal = exponential_average(macd, 9)
    middle, deviation = rolling_mean(price, 20), _rolling_deviation(price, 20)
    return bars.assign(
        ma5=rolling_mean(price, 5),
        ma10=rolling_mean(price, 10),
        ema12=ema12,
        ema26=ema26,
        macd=macd,
        macd_signal=signal,
        macd_hist=macd - signal,
        bb_upper=middle + 2 * deviation,
        bb_middle=middle,
        bb_lower=middle - 2 * deviation,
        vol_ma10=rolling_mean(volume, 10),
        rsi14=relative_strength(price, 14),
    )


def rolling_mean(values: Array, window: int) -> Array:
    """The mean of each full window; each is summed anew, so that no rounding error is carried along."""
    result = np.full(len(values), np.nan)
    if len(values) >= window:
        result[window - 1 :] = sliding_window_view(values, window).mean(axis=1)
    return result


def _rolling_deviation(values: Array, window: int) -> Array:
    result = np.full(len(values), np.nan)
    if len(values) >= window:
        result[window - 1 :] = sliding_window_view(values, window).std(axis=1, ddof=0)
    return result


def exponential_average(values: Array, span: int) -> Array:
    """The exponential average of the values after any leading NaN, seeded with the mean of the first `span`."""
    return _smoothed(values, span, 2.0 / (span + 1))


def relative_strength(price: Array, window: int) -> Array:
    """Wilder's relative strength index, from 0 to 100."""
    change = np.diff(price, prepend=np.nan)
    gain = _smoothed(np.maximum(change, 0.0), window, 1.0 / window)
    loss = _smoothed(np.maximum(-change, 0.0), window, 1.0 / window)
    total = gain + loss
    with np.errstate(invalid="ignore"):
        return np.where(total == 0.0, 50.0, 100.0 * gain / total)


def _smoothed(values: Array, window: int, alpha: float) -> Array:
    smoothed = np.full(len(values), np.nan)
    start = int(np.argmax(~np.isnan(values))) if len(values) else 0
    first = start + window - 1
    if first >= len(values):
        return smoothed
    tail = values[first:].copy()
    tail[0] = values[start : first + 1].mean()
    smoothed[first:] = pd.Series(tail).ewm(alpha=alpha, adjust=False).mean().to_numpy()
    return smoothed
