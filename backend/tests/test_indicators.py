"""Indicators against naive loops that share no code with them."""

import math
import statistics
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from backend.src.features.indicators import INDICATOR_COLUMNS, add_indicators
from backend.src.ingestion.sources.sample import SampleSource

NAN = math.nan


def _mean(values: Sequence[float], n: int) -> list[float]:
    return [sum(values[i - n + 1 : i + 1]) / n if i >= n - 1 else NAN for i in range(len(values))]


def _ema(values: Sequence[float], n: int) -> list[float]:
    out: list[float] = []
    seen: list[float] = []
    for value in values:
        if math.isnan(value):
            out.append(NAN)
            continue
        seen.append(value)
        if len(seen) < n:
            out.append(NAN)
        elif len(seen) == n:
            out.append(sum(seen) / n)
        else:
            out.append(out[-1] + 2 / (n + 1) * (value - out[-1]))
    return out


def _rsi(values: Sequence[float], n: int) -> list[float]:
    out = [NAN] * len(values)
    gain = loss = 0.0
    for i in range(1, len(values)):
        up, down = max(values[i] - values[i - 1], 0), max(values[i - 1] - values[i], 0)
        if i <= n:
            gain, loss = gain + up / n, loss + down / n
        else:
            gain, loss = (gain * (n - 1) + up) / n, (loss * (n - 1) + down) / n
        if i >= n:
            out[i] = 50.0 if gain == loss == 0 else 100.0 if loss == 0 else 100 - 100 / (1 + gain / loss)
    return out


def _oracle(bars: pd.DataFrame) -> pd.DataFrame:
    price, volume = bars["adj_close"].tolist(), [float(v) for v in bars["volume"]]
    fast, slow = _ema(price, 12), _ema(price, 26)
    macd = [a - b for a, b in zip(fast, slow, strict=True)]
    signal = _ema(macd, 9)
    middle = _mean(price, 20)
    spread = [statistics.pstdev(price[i - 19 : i + 1]) if i >= 19 else NAN for i in range(len(price))]
    return pd.DataFrame(
        {
            "ma5": _mean(price, 5),
            "ma10": _mean(price, 10),
            "ema12": fast,
            "ema26": slow,
            "macd": macd,
            "macd_signal": signal,
            "macd_hist": [a - b for a, b in zip(macd, signal, strict=True)],
            "bb_upper": [m + 2 * s for m, s in zip(middle, spread, strict=True)],
            "bb_middle": middle,
            "bb_lower": [m - 2 * s for m, s in zip(middle, spread, strict=True)],
            "vol_ma10": _mean(volume, 10),
            "rsi14": _rsi(price, 14),
        }
    )


@pytest.mark.parametrize("ticker", ["AAPL", "FB"])
def test_every_indicator_is_what_a_naive_loop_says(ticker: str) -> None:
    bars = SampleSource().fetch(ticker).frame
    ours = add_indicators(bars)[list(INDICATOR_COLUMNS)]
    pd.testing.assert_frame_equal(ours, _oracle(bars), rtol=1e-9, atol=1e-9)


def test_an_indicator_is_nan_until_its_window_is_full() -> None:
    bars = add_indicators(SampleSource().fetch("FB").frame)
    first = {name: int(np.flatnonzero(bars[name].notna())[0]) for name in INDICATOR_COLUMNS}
    assert first == {
        "ma5": 4,
        "ma10": 9,
        "ema12": 11,
        "ema26": 25,
        "macd": 25,
        "macd_signal": 33,
        "macd_hist": 33,
        "bb_upper": 19,
        "bb_middle": 19,
        "bb_lower": 19,
        "vol_ma10": 9,
        "rsi14": 14,
    }
    assert all(bars[name].iloc[at:].notna().all() for name, at in first.items())


def test_history_cut_at_any_session_leaves_its_values_bit_for_bit() -> None:
    bars = SampleSource().fetch("FB").frame
    whole = add_indicators(bars)
    for t in range(len(bars)):
        cut = add_indicators(bars.iloc[: t + 1])
        pd.testing.assert_frame_equal(cut.iloc[[t]], whole.iloc[[t]], check_exact=True)


def test_a_long_history_cut_anywhere_is_bit_for_bit_the_same() -> None:
    bars = SampleSource().fetch("AAPL").frame
    whole = add_indicators(bars)
    for t in range(0, len(bars), 109):
        pd.testing.assert_frame_equal(add_indicators(bars.iloc[: t + 1]), whole.iloc[: t + 1], check_exact=True)


def test_a_flat_price_has_an_rsi_of_fifty_and_a_rising_one_of_a_hundred() -> None:
    flat = pd.DataFrame({"adj_close": [5.0] * 20, "volume": [1] * 20})
    rising = pd.DataFrame({"adj_close": np.arange(1.0, 21.0), "volume": [1] * 20})
    assert add_indicators(flat)["rsi14"].iloc[-1] == 50
    assert add_indicators(rising)["rsi14"].iloc[-1] == 100


def test_no_bars_give_no_indicators() -> None:
    assert add_indicators(pd.DataFrame({"adj_close": [], "volume": []})).empty
