"""What a forecast costs in memory, and what its parts cost: `python benchmarks/forecast_path.py`.

Needs no server: real bars from `bokeh_sampledata`, a ridge and a LightGBM model trained here. Prints medians.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, cast
from uuid import uuid4

import pandas as pd
from bokeh_sampledata import stocks

from backend.src.data.bar_store import BarStore
from backend.src.data.catalogue_store import CatalogueStore, Placed
from backend.src.data.orm import Model
from backend.src.events.outbox_store import OutboxStore, Outgoing
from backend.src.features.pipeline import LOOKBACK, make_features
from backend.src.inference.catalogue import Catalogue, Holding
from backend.src.inference.forecaster import Forecaster
from backend.src.inference.market_state import MarketState, market_state
from backend.src.inference.outlook import make_outlook
from backend.src.inference.record import prediction_event
from backend.src.inference.served_model import ServedModel, load_model
from backend.src.inference.shadow_recorder import ShadowRecorder
from backend.src.inference.shadows import Shadows
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


def catalogue_of(state: MarketState, model: ServedModel) -> Catalogue:
    """A catalogue of one ticker; it is only read, so it is given no stores."""
    catalogue = Catalogue(cast("CatalogueStore", None), cast("BarStore", None), *cast("tuple[Any, Any]", (None, None)))
    holding = Holding(
        state=state,
        models=dict.fromkeys(GRADED_HORIZONS, model),
        outlook=make_outlook(state, model, None),
        complete=True,
    )
    catalogue.holdings = MappingProxyType({"AAPL": holding})
    return catalogue


class Discarding:
    """An outbox that takes everything and keeps nothing."""

    def add(self, events: Sequence[Outgoing]) -> None:
        """Nothing."""


class OneChallenger(CatalogueStore):
    """A ledger with a challenger for AAPL at every graded horizon."""

    def __init__(self) -> None:
        """Nothing to connect to."""

    def challengers(self) -> dict[str, dict[int, Placed]]:
        """The same row everywhere."""
        row = Model(id=2, ticker="AAPL", version=2)
        return {"AAPL": {horizon: Placed(row, "model", "benchmark") for horizon in GRADED_HORIZONS}}


def recorder_of(catalogue: Catalogue, challenger: ServedModel) -> ShadowRecorder:
    """What records shadows, with its thread at work and a queue that never fills up."""
    shadows = Shadows(OneChallenger(), catalogue)
    catalogue.read_model = lambda champion: challenger  # type: ignore[method-assign]  # noqa: ARG005
    shadows.refresh()
    recorder = ShadowRecorder(shadows, cast("OutboxStore", Discarding()), 10_000_000, lambda _outcome, _n: None)
    recorder.start()
    return recorder


def answer(forecaster: Forecaster, recorder: ShadowRecorder | None) -> str:
    """One forecast as its event, with or without its shadow noted."""
    forecast = forecaster.forecast("AAPL")
    event = prediction_event(
        forecast, event_id=uuid4(), at=datetime.now(UTC), served_by="backend1", request_id="benchmark"
    )
    if recorder is not None:
        recorder.note(forecast, event)
    return event.model_dump_json()


def median_us(work: Callable[[], object], calls: int) -> float:
    """Median over repeats of the mean time of a call, in microseconds."""
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        for _ in range(calls):
            work()
        times.append((time.perf_counter() - begun) / calls)
    return statistics.median(times) * 1e6


def note_us(forecaster: Forecaster, recorder: ShadowRecorder) -> float:
    """What an answer waits for its shadow's sake, in microseconds."""
    forecast = forecaster.forecast("AAPL")
    event = prediction_event(
        forecast, event_id=uuid4(), at=datetime.now(UTC), served_by="backend1", request_id="benchmark"
    )
    begun = time.perf_counter()
    recorder.note(forecast, event)
    return (time.perf_counter() - begun) * 1e6


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
    catalogue = catalogue_of(state, models["ridge"])
    forecaster = Forecaster(catalogue)
    recorder = recorder_of(catalogue, replace(models["lightgbm"], model_id=2))
    window = bars.tail(LOOKBACK)
    work: dict[str, tuple[Callable[[], object], int]] = {
        "forecast, next session": (lambda: forecaster.forecast("AAPL"), 100_000),
        "forecast, 19 sessions ahead, exchange given": (
            lambda: forecaster.forecast("AAPL", date(2013, 3, 28), "XNAS"),
            100_000,
        ),
        "forecast path of 20 sessions": (lambda: forecaster.forecast_path("AAPL", 20), 100_000),
        "an answer's event, no challenger": (lambda: answer(forecaster, None), 2_000),
        "the same, its shadow recorded in a thread": (lambda: answer(forecaster, recorder), 2_000),
        "ONNX ridge, one row": (lambda: models["ridge"].predict(state.features), 5_000),
        "ONNX lightgbm, one row, 1,200 trees": (lambda: models["lightgbm"].predict(state.features), 2_000),
        "all 20 forecasts anew (a new bar or model)": (lambda: make_outlook(state, models["ridge"], None), 200),
        "the newest feature row from bars": (lambda: make_features(window), 200),
    }
    for name, (function, calls) in work.items():
        print(f"{name:<44}{median_us(function, calls):10.2f} us")  # noqa: T201
    noted = [note_us(forecaster, recorder) for _ in range(20_000)]
    print(f"{'to queue an answer for its shadow, median':<44}{statistics.median(noted):10.2f} us")  # noqa: T201
    recorder.close()


if __name__ == "__main__":
    main()
