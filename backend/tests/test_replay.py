"""A replay knows of each day what was known on it, and says what would have been served."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from backend.errors import InvalidRequestError, JobCancelledError
from backend.settings import Settings
from backend.src.data.orm import Model
from backend.src.data.scorecard_store import ScoreFilter
from backend.src.inference.market_state import MIN_BARS
from backend.src.inference.outlook import Outlook, make_outlook
from backend.src.inference.served_model import load_model
from backend.src.replay.history import Period, Series, outlooks, periods, positions
from backend.src.replay.replayer import Origin, Replayer
from backend.src.replay.request import ReplayRequest
from backend.src.runtime import Runtime
from backend.src.training.learning import learn
from backend.src.training.splits import sessions_needed
from backend.tests.ml_seed import Recorder
from backend.tests.sample_bars import sample_bars
from backend.tests.score_seed import by_hand

FIRST_TRAINING = sessions_needed() - 1


def series(rows: int = 600) -> Series:
    bars = sample_bars("AAPL").head(rows).assign(exchange="XNAS", currency="USD")
    return Series("AAPL", "sample", "0" * 64, bars)


def request(**values: Any) -> ReplayRequest:
    return ReplayRequest.model_validate({"ticker": "AAPL", "start": date(2001, 1, 2), **values})


def replayed(held: Series, first: int, last: int, every: int = 21) -> list[Outlook]:
    training = request().training()
    return [outlook for period in periods(first, last, every) for outlook in outlooks(held, period, training)]


@pytest.mark.parametrize(("first", "last", "every"), [(0, 599, 21), (240, 300, 21), (250, 250, 5), (100, 400, 1)])
def test_each_session_is_served_once_by_the_newest_model_of_its_day(first: int, last: int, every: int) -> None:
    found = periods(first, last, every)
    rows = [row for period in found for row in range(period.first, period.last + 1)]
    assert rows == list(range(max(first, MIN_BARS - 1), last + 1))
    for period in found:
        if period.trained is None:
            assert period.last < FIRST_TRAINING
        else:
            assert period.trained <= period.first <= period.last < period.trained + every
            assert (period.trained - FIRST_TRAINING) % every == 0


def test_a_replay_says_what_serving_would_have_said() -> None:
    held = series(420)
    trained = FIRST_TRAINING + 210
    training = request().training()
    bars = held.bars.iloc[: trained + 1]
    learned = learn(bars, training, Recorder())
    model = load_model(
        Model(id=0, version=0, **learned.model_columns(training)), learned.exported.content, learned.tested
    )
    period = Period(trained, trained, trained + 20)
    for row, outlook in zip(range(trained, trained + 21), outlooks(held, period, training), strict=True):
        served = make_outlook(held.state(row), model, None)
        # A replay grades its models where that decides what serves, and nowhere else.
        assert outlook == tuple(replace(each, skill=outlook[i].skill) for i, each in enumerate(served))


def test_bars_after_a_session_change_nothing_in_its_forecast() -> None:
    whole = series(420)
    first, cut = FIRST_TRAINING + 150, FIRST_TRAINING + 190
    before = replayed(whole, first, cut)
    assert replayed(Series("AAPL", "sample", "0" * 64, whole.bars.iloc[: cut + 1]), first, cut) == before
    wild = whole.bars.copy()
    prices = ["open", "high", "low", "close", "adj_close"]
    wild.loc[cut + 1 :, prices] *= np.exp(np.random.default_rng(3).normal(0, 0.2, (len(wild) - cut - 1, 1)))
    assert replayed(Series("AAPL", "sample", "0" * 64, wild), first, cut) == before


def test_a_part_of_a_range_gives_the_same_forecasts_as_the_whole() -> None:
    held = series(420)
    first, last = FIRST_TRAINING + 100, FIRST_TRAINING + 160
    assert replayed(held, first + 30, last) == replayed(held, first, last)[30:]


def test_until_a_history_can_be_trained_on_naive_serves_and_says_so() -> None:
    found = replayed(series(FIRST_TRAINING + 1), FIRST_TRAINING - 2, FIRST_TRAINING)
    assert [outlook[0].model_type for outlook in found] == ["naive", "naive", "ridge"]
    assert "too short" in (found[0][0].degraded_reason or "")


def test_a_range_without_a_session_that_can_be_forecast_is_refused() -> None:
    bars = series(200).bars
    with pytest.raises(InvalidRequestError, match=f"needs {MIN_BARS}"):
        positions(bars, pd.Timestamp("2000-01-01"), pd.Timestamp("2000-03-31"))
    with pytest.raises(InvalidRequestError, match="2000-12-12"):
        positions(bars, pd.Timestamp("2014-01-01"), None)
    first, last = positions(bars, pd.Timestamp("2000-09-02"), pd.Timestamp("2000-09-10"))
    assert [day.day for day in bars["session"].iloc[[first, last]]] == [5, 8]  # after Labor Day, before the weekend


def test_what_decides_the_forecasts_is_in_the_variant_and_the_range_is_not() -> None:
    same = [request(), request(start=date(2005, 1, 3)), request(horizons=[3]), request(params={"alpha": 1000.0})]
    assert len({each.variant for each in same}) == 1
    others = [request(seed=1), request(params={"alpha": 1.0}), request(retrain_every=5), request(model_type="naive")]
    assert len({each.variant for each in (same[0], *others)}) == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"horizons": []},
        {"horizons": [0]},
        {"horizons": [21]},
        {"retrain_every": 0},
        {"end": date(2000, 1, 3)},
        {"params": {"alpha": -1}},
        {"model_type": "oracle"},
    ],
)
def test_a_request_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        request(**wrong)
    assert request(horizons=[5, 1, 5]).horizons == (1, 5)


@pytest.fixture(scope="module")
def runtime(settings: Settings) -> Iterator[Runtime]:
    runtime = Runtime(settings)
    runtime.ingest.ingest("AAPL", "sample", Recorder())
    yield runtime
    runtime.close()


@pytest.fixture
def wanted(runtime: Runtime) -> Iterator[ReplayRequest]:
    """Two months, with a seed that makes its rows nobody else's."""
    wanted = request(start=date(2012, 1, 3), end=date(2012, 2, 29), seed=uuid4().int % 2**31, source="sample")
    yield wanted
    where = {"variant": wanted.variant}
    runtime.clickhouse.command("DELETE FROM predictions WHERE variant = {variant:String}", parameters=where)


def run(runtime: Runtime, wanted: ReplayRequest, reporter: Recorder | None = None) -> dict[str, Any]:
    replayer = Replayer(runtime.snapshots, runtime.instruments, runtime.predictions)
    return replayer.replay(wanted, Origin(uuid4(), "tests", "tests"), reporter or Recorder())


def rows_of(runtime: Runtime, wanted: ReplayRequest, horizon: int = 0) -> list[dict[str, Any]]:
    """The rows of a variant but for when they were written, and by which job; 0 stands for every horizon."""
    result = runtime.clickhouse.query(
        """
        SELECT * EXCEPT (inserted_at, task_id) FROM predictions FINAL
        WHERE variant = {variant:String} AND {horizon:UInt16} IN (0, horizon) ORDER BY last_session, horizon
        """,
        parameters={"variant": wanted.variant, "horizon": horizon},
        tz_mode="aware",
    )
    return list(result.named_results())


@pytest.mark.stack
def test_the_same_replay_twice_gives_the_same_rows_whole_or_in_parts(runtime: Runtime, wanted: ReplayRequest) -> None:
    result = run(runtime, wanted)
    assert (result["sessions"], result["forecasts"]) == (40, 120)
    rows = rows_of(runtime, wanted)
    assert len(rows) == 120
    assert {(row["replayed"], row["model_id"], row["model_type"]) for row in rows} == {(True, None, "ridge")}
    assert {row["made_at"] for row in rows[:3]} == {datetime(2012, 1, 3, 21, tzinfo=UTC)}
    run(runtime, wanted)
    run(runtime, wanted.model_copy(update={"start": date(2012, 2, 10)}))
    assert rows_of(runtime, wanted) == rows


@pytest.mark.stack
def test_the_scorecard_has_a_past_after_a_replay(runtime: Runtime, wanted: ReplayRequest) -> None:
    run(runtime, wanted)
    found = runtime.scorecard.summary(ScoreFilter(variant=wanted.variant))
    assert [(each["horizon"], each["scored"], each["pending"]) for each in found] == [
        (1, 40, 0),
        (5, 40, 0),
        (20, 40, 0),
    ]
    assert all(each["replayed"] and each["verdict"] for each in found)
    truth = by_hand(sample_bars("AAPL"), rows_of(runtime, wanted, horizon=5))
    assert found[1]["mae"] == pytest.approx(np.abs(truth["misses"]).mean(), rel=1e-9)
    assert [band["share"] for band in found[1]["coverage"]] == [
        np.mean(truth["inside"][level]) for level in (50, 80, 95)
    ]


@pytest.mark.stack
def test_a_cancelled_replay_keeps_what_it_wrote_and_ends(runtime: Runtime, wanted: ReplayRequest) -> None:
    stage = "from 2012-01-03, 1 of 3"
    with pytest.raises(JobCancelledError):
        run(runtime, wanted, Recorder(cancel_at=stage))
    assert rows_of(runtime, wanted) == []


@pytest.mark.stack
def test_a_ticker_without_data_can_not_be_replayed(runtime: Runtime) -> None:
    with pytest.raises(InvalidRequestError, match="no data"):
        run(runtime, request(ticker="NOSUCH"))
