"""Challengers beside the champions: what they say, and that they hurt nobody."""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

import orjson
import pytest
from sqlalchemy import create_engine, delete, select, text

from backend.src.data.catalogue_store import CatalogueStore
from backend.src.data.deployment_store import Entry
from backend.src.data.orm import OutboxEvent
from backend.src.events.outbox_store import OutboxStore
from backend.src.inference.catalogue import Catalogue
from backend.src.inference.forecast import Forecast
from backend.src.inference.forecaster import Forecaster
from backend.src.inference.record import prediction_event
from backend.src.inference.served_model import ServedModel
from backend.src.inference.shadow_recorder import ShadowRecorder
from backend.src.inference.shadows import Shadows
from backend.src.training.request import TrainRequest
from backend.tests.ml_seed import Market, Recorder, allow
from backend.tests.sample_bars import sample_bars
from bellwether_contracts.events import PredictionMadeV1

pytestmark = pytest.mark.stack


def train(stack: Market, ticker: str, model_type: str = "ridge", **request: Any) -> int:
    wanted = TrainRequest(ticker=ticker, model_type=model_type, **request)
    trained = stack.trainer().train(wanted, job_id=stack.job(), actor="tests", reporter=Recorder(), guard=allow)
    return trained.model_id


class Serving:
    """A catalogue with its shadows over the stack's stores."""

    def __init__(self, stack: Market) -> None:
        runtime = stack.runtime
        store = CatalogueStore(runtime.meta_sessions)
        self.catalogue = Catalogue(store, runtime.bars, runtime.model_files, runtime.evaluations)
        self.shadows = Shadows(store, self.catalogue)
        self.forecaster = Forecaster(self.catalogue)
        self.refresh()

    def refresh(self) -> bool:
        self.catalogue.refresh()
        return self.shadows.refresh()

    def shadow(self, served: Forecast) -> int | None:
        found = self.shadows.forecast(served)
        return found.model_id if found else None


def rivals(stack: Market) -> tuple[str, int, int]:
    ticker = stack.ticker()
    stack.hold(ticker, sample_bars("FB").iloc[:-1])
    return ticker, train(stack, ticker), train(stack, ticker, params={"alpha": 1000.0})


def answered(forecast: Forecast) -> PredictionMadeV1:
    made = datetime.now(UTC)
    return prediction_event(forecast, event_id=uuid4(), at=made, served_by="tests", request_id="tests")


def test_a_challenger_forecasts_every_session_that_the_champion_does(stack: Market) -> None:
    ticker, first, second = rivals(stack)
    serving = Serving(stack)
    path = serving.forecaster.forecast_path(ticker, 20)
    assert {served.model_id for served in path} == {first}
    found = [serving.shadows.forecast(served) for served in path]
    assert [(each.model_id, each.target_session) for each in found if each] == [
        (second, served.target_session) for served in path
    ]
    stack.runtime.promoter.promote(second, entry=Entry("ann", "try"), horizons=[5], force=True)
    serving.refresh()
    path = serving.forecaster.forecast_path(ticker, 20)
    assert [serving.shadow(path[h - 1]) for h in (1, 5, 20)] == [second, None, second]


def test_without_a_challenger_there_is_no_shadow(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    train(stack, ticker)
    serving = Serving(stack)
    served = serving.forecaster.forecast(ticker)
    assert serving.shadow(served) is None
    assert not serving.shadows.behind(served)
    assert serving.shadows.refresh() is False


def test_a_challenger_that_can_not_be_loaded_hurts_nobody_and_is_told_of(stack: Market) -> None:
    ticker, first, second = rivals(stack)
    with stack.runtime.meta_sessions.begin() as session:
        session.execute(text("UPDATE models SET artifact_sha256 = :no WHERE id = :id"), {"no": "0" * 64, "id": second})
    serving = Serving(stack)
    served = serving.forecaster.forecast(ticker)
    assert (served.model_id, served.degraded) == (first, False)
    assert serving.shadow(served) is None
    assert f"challenger {second} can't be loaded" in serving.shadows.problems()[ticker]
    assert ticker not in serving.catalogue.problems()


def test_a_challenger_that_breaks_while_it_forecasts_hurts_nobody(
    stack: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticker, first, second = rivals(stack)
    whole = ServedModel.predict

    def predict(model: ServedModel, features: Any) -> Any:
        if model.model_id == second:
            raise RuntimeError("a broken graph")
        return whole(model, features)

    monkeypatch.setattr(ServedModel, "predict", predict)
    serving = Serving(stack)
    served = serving.forecaster.forecast(ticker)
    assert (served.model_id, served.degraded) == (first, False)
    assert serving.shadow(served) is None
    assert "does not forecast (RuntimeError: a broken graph)" in serving.shadows.problems()[ticker]


def test_a_shadow_is_of_the_same_bars_or_it_is_none(stack: Market) -> None:
    ticker, _first, second = rivals(stack)
    serving = Serving(stack)
    old = serving.forecaster.forecast(ticker)
    stack.hold(ticker, sample_bars("FB"))
    serving.catalogue.refresh()
    new = serving.forecaster.forecast(ticker)
    assert new.last_session > old.last_session
    assert serving.shadow(new) is None
    assert serving.shadows.behind(new)
    serving.shadows.refresh()
    assert serving.shadow(new) == second
    assert not serving.shadows.behind(new)


def events(stack: Market, event_ids: list[UUID]) -> list[dict[str, Any]]:
    with stack.runtime.meta_sessions.begin() as session:
        rows = session.scalars(select(OutboxEvent).where(OutboxEvent.event_id.in_(event_ids))).all()
        found = [orjson.loads(row.payload) for row in rows]
        session.execute(delete(OutboxEvent).where(OutboxEvent.event_id.in_(event_ids)))
    return found


def test_shadows_are_recorded_after_the_answer_and_the_queue_is_bounded(stack: Market) -> None:
    ticker, _first, second = rivals(stack)
    serving = Serving(stack)
    counted: list[tuple[str, int]] = []
    outbox = OutboxStore(stack.runtime.meta_engine)
    recorder = ShadowRecorder(serving.shadows, outbox, 2, lambda outcome, n: counted.append((outcome, n)))
    served = serving.forecaster.forecast(ticker)
    answers = [answered(served) for _ in range(3)]
    for answer in answers:
        recorder.note(served, answer)  # nobody empties the queue yet, and nobody waits
    assert counted == [("dropped", 1)]
    recorder.start()
    recorder.close()
    assert counted[1:] == [("recorded", 2)]
    found = events(stack, [uuid5(answer.event_id, "shadow") for answer in answers])
    assert {(each["model_id"], each["shadow"], each["request_id"]) for each in found} == {(second, True, "tests")}
    assert len(found) == 2


def test_the_first_answer_after_a_challenger_came_has_its_shadow(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker, sample_bars("FB"))
    train(stack, ticker)
    serving = Serving(stack)
    counted: list[tuple[str, int]] = []
    outbox = OutboxStore(stack.runtime.meta_engine)
    recorder = ShadowRecorder(serving.shadows, outbox, 10, lambda outcome, n: counted.append((outcome, n)))
    recorder.start()
    challenger = train(stack, ticker, params={"alpha": 1000.0})
    serving.catalogue.refresh()
    served = serving.forecaster.forecast(ticker)
    answer = answered(served)
    recorder.note(served, answer)
    recorder.close()
    assert counted == [("recorded", 1)]
    assert [each["model_id"] for each in events(stack, [uuid5(answer.event_id, "shadow")])] == [challenger]


def test_a_store_that_is_away_costs_shadows_and_no_answer(stack: Market) -> None:
    ticker, _first, _second = rivals(stack)
    serving = Serving(stack)
    counted: list[tuple[str, int]] = []
    nowhere = OutboxStore(create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none"))
    recorder = ShadowRecorder(serving.shadows, nowhere, 10, lambda outcome, n: counted.append((outcome, n)))
    recorder.start()
    served = serving.forecaster.forecast(ticker)
    begun = time.perf_counter()
    recorder.note(served, answered(served))
    assert time.perf_counter() - begun < 0.1
    recorder.close()
    assert counted == [("failed", 1)]
