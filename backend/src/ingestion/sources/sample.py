"""Real daily bars that ship inside a Python package: AAPL, GOOG, IBM, MSFT, FB from 2000 to 2013, public domain.

Open, high, low, close and volume are as traded; the adjusted close is the source's own (Quandl WIKI). The package has
no split or dividend column, but its adjustment factor tells both exactly: on an ex-day the factor rises by the split
ratio, or by 1 + dividend / close of that day (Quandl's convention), so they are derived from it. Apple's 2.65 of August
2012 and Microsoft's 3.08 of November 2004 come out to the cent.
"""

import importlib.resources
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from backend.src.data.instrument_store import SAMPLE, InstrumentFacts
from backend.src.ingestion.errors import EmptyAnswerError, UnknownTickerError
from backend.src.ingestion.sources.base import Fetched

FACTS = {
    "AAPL": InstrumentFacts("XNAS", "USD", "Apple Inc.", "蘋果"),
    "FB": InstrumentFacts("XNAS", "USD", "Facebook, Inc.", "臉書"),
    "GOOG": InstrumentFacts("XNAS", "USD", "Google Inc.", "谷歌"),
    "IBM": InstrumentFacts("XNYS", "USD", "International Business Machines Corporation", "國際商業機器"),
    "MSFT": InstrumentFacts("XNAS", "USD", "Microsoft Corporation", "微軟"),
}
"""The names of that time: the series ends on 2013-03-01."""

TICKERS = tuple(FACTS)

_NOTES = (
    "Prices and volume as traded; adjusted close by Quandl WIKI, splits and dividends derived from it.",
    "A sample that ends on 2013-03-01: not today's market.",
)
_COLUMNS = {
    "Date": "session",
    "Open": "open",
    "High": "high",
    "Low": "low",
    "Close": "close",
    "Adj Close": "adj_close",
    "Volume": "volume",
}

# A factor of 1.2 or more in one day is a split: no dividend of the sample comes near (MSFT's special one was 1.11).
_SPLIT = 1.2
_FACTOR_NOISE = 1e-9


class SampleSource:
    """The sample market. Needs no network and holds no state."""

    name = SAMPLE
    incremental = False
    noise = 0.0

    def fetch(self, ticker: str, start: date | None = None, end: date | None = None) -> Fetched:
        """The sample's bars of one ticker."""
        if ticker not in FACTS:
            raise UnknownTickerError(f"The sample market has {', '.join(TICKERS)}; {ticker} is not in it.")
        market = _market()
        bars = _with_actions(market[market["Ticker"] == ticker].rename(columns=_COLUMNS).drop(columns="Ticker"))
        sessions = bars["session"].dt.date
        bars = bars[(sessions >= (start or date.min)) & (sessions <= (end or date.max))]
        if bars.empty:
            raise EmptyAnswerError(f"The sample has no bars of {ticker} between {start} and {end}.")
        return Fetched(bars.reset_index(drop=True), FACTS[ticker], _NOTES)


@cache
def _market() -> pd.DataFrame:
    packed = importlib.resources.files("bokeh_sampledata") / "_data" / "stocks.csv.gz"
    with importlib.resources.as_file(packed) as path:
        return pd.read_csv(path, parse_dates=["Date"], float_precision="round_trip")


def _with_actions(bars: pd.DataFrame) -> pd.DataFrame:
    factor = bars["adj_close"] / bars["close"]
    step = (factor / factor.shift(1)).fillna(1.0)
    split = step >= _SPLIT
    paid = (step - 1.0 > _FACTOR_NOISE) & ~split
    return bars.assign(
        dividend=np.where(paid, ((step - 1.0) * bars["close"]).round(6), 0.0),
        split_ratio=np.where(split, step.round(6), 1.0),
    )
