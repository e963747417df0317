"""Real bars for tests, straight from the package that ships them: no code of ours in between."""

import pandas as pd
from bokeh_sampledata import stocks

TICKERS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")


def sample_bars(ticker: str) -> pd.DataFrame:
    """Bars of one ticker with every column that a snapshot has."""
    data = getattr(stocks, ticker)
    names = ("open", "high", "low", "close", "adj_close", "volume")
    frame = pd.DataFrame({"session": pd.to_datetime(data["date"]), **{name: data[name] for name in names}})
    return frame.assign(dividend=0.0, split_ratio=1.0)
