"""Seconds a whole training takes, and whether many take as many times longer: `python benchmarks/training_time.py`.

Needs no server: the longest series of the sample market, the default model, eight folds, every report. Loading and
registering are left out. Give other model types as arguments.
"""

import sys
import time

import pandas as pd
from bokeh_sampledata import stocks

from backend.src.training.learning import learn
from backend.src.training.request import TrainRequest

TICKER = "AAPL"
N_FOLDS = 8
COPIES = (5, 10, 20)


class Silent:
    """A reporter to no one."""

    def progress(self, _fraction: float, _stage: str) -> None:
        """Nothing."""

    def log(self, _line: str) -> None:
        """Nothing."""

    def partial(self, _result: object) -> None:
        """Nothing."""


def bars_of(ticker: str) -> pd.DataFrame:
    """Bars of the sample market."""
    data = getattr(stocks, ticker)
    names = ("open", "high", "low", "close", "adj_close", "volume")
    return pd.DataFrame({"session": pd.to_datetime(data["date"]), **{name: data[name] for name in names}})


def seconds(model_type: str, copies: int = 1) -> float:
    """Wall time of so many trainings, one after the other."""
    bars, request = bars_of(TICKER), TrainRequest(ticker=TICKER, model_type=model_type, n_folds=N_FOLDS)
    began = time.perf_counter()
    for _ in range(copies):
        learn(bars, request, Silent())
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    first = seconds("ridge")
    print(f"{TICKER}, {len(bars_of(TICKER)):,} sessions, {N_FOLDS} folds, ridge:")
    print(f"  first in its process (libraries are imported): {first:.2f} s; the next: {seconds('ridge'):.2f} s")
    for copies in COPIES:
        taken = seconds("ridge", copies)
        print(f"  {copies:3} tickers: {taken:6.2f} s, {taken / copies:.3f} s a ticker")
    for model_type in sys.argv[1:]:
        print(f"  {model_type}: {seconds(model_type):.2f} s")


if __name__ == "__main__":
    main()
