"""Bars of a frame as the chart takes them."""

import math
from datetime import date
from typing import Any

import pandas as pd

from backend.api.schemas.datasets import PriceSeries
from backend.src.data.orm import Instrument

_OHLC = ("open", "high", "low", "close")
_PLAIN = ("session", *_OHLC, "adj_close", "volume", "dividend", "split_ratio")
INDICATORS = (
    "ma5", "ma10", "ema12", "ema26", "macd", "macd_signal", "macd_hist",
    "bb_upper", "bb_middle", "bb_lower", "vol_ma10", "rsi14",
)  # fmt: skip


def price_series(instrument: Instrument, bars: pd.DataFrame, *, indicators: bool, adjusted: bool) -> PriceSeries:
    """A ticker's bars, as `adjust` made them or as they were traded."""
    rows: list[dict[str, Any]] = bars[list(_PLAIN)].to_dict("records")  # type: ignore[assignment]
    if indicators:
        values = bars[list(INDICATORS)].to_dict("records")
        rows = [{**row, "indicators": _known(each)} for row, each in zip(rows, values, strict=True)]
    return PriceSeries.model_validate(
        {
            "ticker": instrument.ticker,
            "exchange": instrument.exchange,
            "currency": instrument.currency,
            "source": instrument.source,
            "adjusted": adjusted,
            "bars": rows,
        }
    )


def adjust(bars: pd.DataFrame) -> pd.DataFrame:
    """OHLC on the adjusted basis, at the scale of the newest bar: its close is the close that was traded.

    Sources anchor their adjusted closes at different days; only ratios between them mean something.
    """
    if bars.empty:
        return bars
    factor = bars["adj_close"] / bars["close"]
    return bars.assign(**{name: bars[name] * factor / factor.iloc[-1] for name in _OHLC})


def within(bars: pd.DataFrame, start: date | None, end: date | None) -> pd.DataFrame:
    """The bars of a range, both ends included; an end left out is open."""
    first = pd.Timestamp(start) if start else bars["session"].min()
    last = pd.Timestamp(end) if end else bars["session"].max()
    return bars[bars["session"].between(first, last)]


def _known(row: dict[Any, Any]) -> dict[str, float | None]:
    """A window that is not full yet has no value: null, not NaN."""
    return {name: None if value is None or math.isnan(value) else value for name, value in row.items()}
