"""What a forecast costs in memory, and what its parts cost: `python benchmarks/forecast_path.py`.

Needs no server: real bars from `bokeh_sampledata`, a ridge and a LightGBM model trained here. Prints medians.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from types import MappingProxyType
from typing import Any, cast

import pandas as pd
from bokeh_sampledata import stocks

from backend.src.data.bar_store import BarStore
from backend.src.data.catalogue_store import CatalogueStore
from backend.src.data.orm import Model
from backend.src.features.pipeline import LOOKBACK, make_features
from backend.src.inference.catalogue import Catalogue, Holding
from backend.src.inference.forecaster import Forecaster
from backend.src.inference.market_state import MarketState, market_state
from backend.src.inference.outlook import make_outlook
from backend.src.inference.served_model import ServedModel, load_model
from backend.src.training.learning import learn
from backend.src.training.request import TrainRequest
from bellwether_contracts.market import GRADED_HORIZONS

REPEATS = 7


def bars_of(ticker: str) -> pd.DataFrame:
    """Bars as ClickHouse would give them."""
    data = getattr(stocks, ticker)
    names = ("open", "high", "low", "close", "adj_close", "volume")
    frame = pd.DataFrame({"session": pd.to_datetime(data["date"]), **{name: data[name] for name in names}})
    return frame.assign(exchange="XNAS", currency="USD")


class Silent:
    """A reporter that no one reads."""

    def progress(self, fraction: float, stage: str) -> None:
        """Nothing."""

    def log(self, line: str) -> None:
        """Nothing."""

    def partial(self, result: dict[str, Any]) -> None:
        """Nothing."""


def serve(name: str, bars: pd.DataFrame) -> ServedModel:
    """Train a model type and load it as serving does."""
    request = TrainRequest(ticker="AAPL", model_type=name)
    learned = learn(bars, request, Silent())
    row = Model(id=1, version=1, **learned.model_columns(request))
    return load_model(row, learned.exported.content, learned.tested)


def forecaster_of(state: MarketState, model: ServedModel) -> Forecaster:
    """A forecaster over one ticker; it reads memory only, so it is given no stores."""
    catalogue = Catalogue(cast("CatalogueStore", None), cast("BarStore", None), *cast("tuple[Any, Any]", (None, None)))
    holding = Holding(
        state=state,
        models=dict.fromkeys(GRADED_HORIZONS, model),
        outlook=make_outlook(state, model, None),
        complete=True,
    )
    catalogue.holdings = MappingProxyType({"AAPL": holding})
    return Forecaster(catalogue)


def median_us(work: Callable[[], object], calls: int) -> float:
    """Median over repeats of the mean time of a call, in microseconds."""
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        for _ in range(calls):
            work()
        times.append((time.perf_counter() - begun) / calls)
    return statistics.median(times) * 1e6


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print what a block took."""
    begun = time.perf_counter()
    yield
    print(f"{name:<44}{(time.perf_counter() - begun) * 1e3:10.1f} ms")  # noqa: T201


def main() -> None:
    """Measure and print."""
    bars = bars_of("AAPL")
    state = market_state("AAPL", "sample", "0" * 64, bars)
    models = {}
    for name in ("ridge", "lightgbm"):
        with timed(f"train, evaluate, export, load {name}"):
            models[name] = serve(name, bars)
    forecaster = forecaster_of(state, models["ridge"])
    window = bars.tail(LOOKBACK)
    work: dict[str, tuple[Callable[[], object], int]] = {
        "forecast, next session": (lambda: forecaster.forecast("AAPL"), 100_000),
        "forecast, 19 sessions ahead, exchange given": (
            lambda: forecaster.forecast("AAPL", date(2013, 3, 28), "XNAS"),
            100_000,
        ),
        "forecast path of 20 sessions": (lambda: forecaster.forecast_path("AAPL", 20), 100_000),
        "ONNX ridge, one row": (lambda: models["ridge"].predict(state.features), 5_000),
        "ONNX lightgbm, one row, 1,200 trees": (lambda: models["lightgbm"].predict(state.features), 2_000),
        "all 20 forecasts anew (a new bar or model)": (lambda: make_outlook(state, models["ridge"], None), 200),
        "the newest feature row from bars": (lambda: make_features(window), 200),
    }
    for name, (function, calls) in work.items():
        print(f"{name:<44}{median_us(function, calls):10.2f} us")  # noqa: T201


if __name__ == "__main__":
    main()
