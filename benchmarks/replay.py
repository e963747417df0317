"""What a replay costs: `python benchmarks/replay.py` (five years of five series, a session at a time, trained monthly).

Needs no server: real bars from `bokeh_sampledata`. One process works through all, as the worker of the queue does;
`--processes 2` shares the series between two. Facebook's series is too short, so Microsoft's earlier years stand in.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context

import pandas as pd
from bokeh_sampledata import stocks

from backend.src.replay.history import Series, outlooks, periods, positions
from backend.src.replay.request import ReplayRequest

RANGES = (
    ("AAPL", date(2008, 3, 3), date(2013, 3, 1)),
    ("GOOG", date(2008, 3, 3), date(2013, 3, 1)),
    ("IBM", date(2008, 3, 3), date(2013, 3, 1)),
    ("MSFT", date(2008, 3, 3), date(2013, 3, 1)),
    ("MSFT", date(2003, 3, 3), date(2008, 2, 29)),
)


def series_of(ticker: str) -> Series:
    """A series as a snapshot holds it."""
    data = getattr(stocks, ticker)
    names = ("open", "high", "low", "close", "adj_close", "volume")
    frame = pd.DataFrame({"session": pd.to_datetime(data["date"]), **{name: data[name] for name in names}})
    return Series(ticker, "sample", "0" * 64, frame.assign(exchange="XNAS", currency="USD"))


def replay(ticker: str, start: date, end: date, model_type: str) -> tuple[str, int, int, float]:
    """Replay one range: its name, how many trainings and forecasts, and the seconds."""
    begun = time.perf_counter()
    wanted = ReplayRequest(ticker=ticker, start=start, end=end, model_type=model_type)
    series = series_of(ticker)
    schedule = periods(*positions(series.bars, pd.Timestamp(start), pd.Timestamp(end)), wanted.retrain_every)
    made = sum(
        forecast.horizon in wanted.horizons
        for period in schedule
        for outlook in outlooks(series, period, wanted.training())
        for forecast in outlook
    )
    return f"{ticker} {start} to {end}", len(schedule), made, time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--model-type", default="ridge")
    options = parser.parse_args()
    begun = time.perf_counter()
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        started = [pool.submit(replay, *each, options.model_type) for each in RANGES]
        for future in started:
            name, trainings, forecasts, seconds = future.result()
            print(f"{name:<32}{trainings:4} trainings{forecasts:7,} forecasts{seconds:8.1f} s")  # noqa: T201
    print(f"all, in {options.processes} process(es): {time.perf_counter() - begun:.1f} s")  # noqa: T201


if __name__ == "__main__":
    main()
