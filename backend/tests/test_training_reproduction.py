"""Models that are trained once more from their record."""

import copy
from typing import Any

import pytest

from backend.errors import InvalidRequestError, NotFoundError
from backend.src.data.orm import Model
from backend.src.training.learning import Learned, learn
from backend.src.training.reproduction import Reproducer, compared, recorded_request
from backend.src.training.request import TrainRequest
from backend.tests.ml_seed import Market, Recorder, allow
from backend.tests.sample_bars import sample_bars

REQUEST = TrainRequest(ticker="FB", n_folds=3, params={"alpha": 500.0})
COMMIT = "0" * 40


@pytest.fixture(scope="module")
def learned() -> Learned:
    return learn(sample_bars("FB"), REQUEST, Recorder())


def registered(learned: Learned, **other: Any) -> Model:
    columns = copy.deepcopy(learned.model_columns(REQUEST)) | {"id": 3, "git_commit": COMMIT} | other
    return Model(**columns)


def test_the_same_training_again_gives_every_metric_to_the_bit(learned: Learned) -> None:
    found = compared(registered(learned), learn(sample_bars("FB"), REQUEST, Recorder()), COMMIT)
    assert (found["reproduced"], found["max_difference"], found["same_artifact"]) == (True, 0, True)
    assert found["metrics_compared"] > 800
    assert found["environment_changed"] == {}
    assert found["verdict"].startswith("Reproduced: all")


def test_a_metric_that_differs_is_named_with_how_far_it_is_off(learned: Learned) -> None:
    model = registered(learned)
    model.metrics["overall"]["5"]["mae"] += 1e-6
    found = compared(model, learned, COMMIT)
    assert (found["reproduced"], found["metrics_off"], found["off"]) == (False, 1, ["overall.5.mae"])
    assert found["max_difference"] == pytest.approx(1e-6)
    assert found["verdict"].startswith("Not reproduced: 1 of")


def test_a_difference_below_the_tolerance_is_none(learned: Learned) -> None:
    model = registered(learned)
    model.metrics["overall"]["5"]["mae"] += 1e-12
    assert compared(model, learned, COMMIT)["reproduced"]


@pytest.mark.parametrize(("key", "value"), [("verdict", "Better"), ("sessions", None), ("a metric of its own", 1.0)])
def test_what_is_another_kind_of_value_or_is_not_there_is_off(learned: Learned, key: str, value: Any) -> None:
    model = registered(learned)
    model.metrics["overall"]["1"][key] = value
    found = compared(model, learned, COMMIT)
    assert found["off"] == [f"overall.1.{key}"]
    assert found["max_difference"] is None


def test_another_commit_library_or_thread_count_is_said(learned: Learned) -> None:
    model = registered(learned, git_commit="1" * 40)
    model.evidence["environment"]["threads"] = "8"
    found = compared(model, learned, COMMIT)
    assert found["commit"] == {"recorded": "1" * 40, "now": COMMIT, "same": False}
    assert found["environment_changed"] == {"threads": {"recorded": "8", "now": "1"}}


def test_the_record_holds_the_whole_request(learned: Learned) -> None:
    assert recorded_request(registered(learned)) == REQUEST


def test_a_model_without_its_request_on_record_is_an_error_that_says_so(learned: Learned) -> None:
    model = registered(learned)
    del model.evidence["request"]
    with pytest.raises(InvalidRequestError, match="does not say how it was trained"):
        recorded_request(model)


def reproduce(stack: Market, model_id: int) -> dict[str, Any]:
    runtime = stack.runtime
    reproducer = Reproducer(runtime.meta_sessions, runtime.snapshots, runtime.evaluations, COMMIT)
    return reproducer.reproduce(model_id, Recorder())


@pytest.mark.stack
@pytest.mark.parametrize("model_type", ["ridge", "lightgbm"])
def test_a_registered_model_is_reproduced_also_after_newer_data_and_models_came(stack: Market, model_type: str) -> None:
    ticker, bars = stack.ticker(), sample_bars("GOOG").iloc[:700]
    for rows in (600, 650):
        stack.hold(ticker, bars.iloc[:rows])
        request = TrainRequest(ticker=ticker, model_type=model_type, n_folds=3, seed=rows)
        stack.trainer().train(request, job_id=stack.job(), actor="tests", reporter=Recorder(), guard=allow)
    stack.hold(ticker, bars)
    first, second = stack.models_of(ticker)
    assert second.metrics["overall"]["1"]["variants"] == 2
    against = second.metrics["overall"]["1"]["against_champion"]
    assert against["model_id"] == first.id
    assert 0 < against["sessions"] < second.metrics["overall"]["1"]["sessions"]
    for model in (first, second):
        found = reproduce(stack, model.id)
        assert found["reproduced"], found["off"]
        assert found["max_difference"] == 0
        assert found["same_artifact"]
        assert found["same_forecasts"]
        assert found["commit"]["same"]


@pytest.mark.stack
def test_training_the_same_again_on_newer_data_is_no_further_variant(stack: Market) -> None:
    ticker, bars = stack.ticker(), sample_bars("GOOG")
    for rows in (400, 420):
        stack.hold(ticker, bars.iloc[:rows])
        request = TrainRequest(ticker=ticker, n_folds=3)
        stack.trainer().train(request, job_id=stack.job(), actor="tests", reporter=Recorder(), guard=allow)
    assert [model.metrics["overall"]["1"]["variants"] for model in stack.models_of(ticker)] == [1, 1]


@pytest.mark.stack
def test_a_model_that_is_not_there_cannot_be_reproduced(stack: Market) -> None:
    with pytest.raises(NotFoundError):
        reproduce(stack, 2**31 - 1)
