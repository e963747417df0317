"""Trainings on the stack's real Postgres, S3, ClickHouse and MLflow."""

import hashlib
from typing import Any

import httpx
import numpy as np
import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from backend.errors import InvalidRequestError, JobCancelledError, LeaseLostError, UpstreamError
from backend.src.features.pipeline import FEATURE_NAMES, FEATURE_VERSION
from backend.src.training.request import TrainRequest
from backend.src.training.splits import sessions_needed
from backend.src.training.trainer import TrainedModel
from backend.tests.ml_seed import Market, Recorder, allow
from backend.tests.sample_bars import sample_bars

pytestmark = pytest.mark.stack


def train(stack: Market, ticker: str, model_type: str = "ridge") -> TrainedModel:
    request = TrainRequest(ticker=ticker, model_type=model_type)
    return stack.trainer().train(request, job_id=stack.job(), actor="tests", reporter=Recorder(), guard=allow)


def mlflow(stack: Market, path: str, **params: str) -> httpx.Response:
    uri = str(stack.runtime.settings.mlflow_tracking_uri).rstrip("/")
    return httpx.get(f"{uri}/api/2.0/mlflow/{path}", params=params)


def run_statuses(stack: Market, ticker: str) -> list[str]:
    uri = str(stack.runtime.settings.mlflow_tracking_uri).rstrip("/")
    experiment = mlflow(stack, "experiments/get-by-name", experiment_name="bellwether").json()["experiment"]
    body = {"experiment_ids": [experiment["experiment_id"]], "filter": f"tags.ticker = '{ticker}'"}
    runs = httpx.post(f"{uri}/api/2.0/mlflow/runs/search", json=body).json().get("runs", [])
    return [run["info"]["status"] for run in runs]


def registered_versions(stack: Market, ticker: str) -> int:
    found = mlflow(stack, "model-versions/search", filter=f"name = 'bellwether-{ticker}'").json()
    return len(found.get("model_versions", []))


def test_a_training_leaves_a_model_with_its_evidence_its_file_and_its_run(stack: Market) -> None:
    ticker = stack.ticker()
    snapshot = stack.hold(ticker)
    reporter = Recorder()
    request = TrainRequest(ticker=ticker, params={"alpha": 500.0}, seed=7)
    trained = stack.trainer().train(request, job_id=stack.job(), actor="tests", reporter=reporter, guard=allow)
    model = stack.runtime.models.get(trained.model_id)
    assert (model.version, model.model_type, model.params, model.seed) == (1, "ridge", {"alpha": 500.0}, 7)
    assert (model.snapshot, model.feature_version) == (snapshot.sha256, FEATURE_VERSION)
    assert model.feature_names == list(FEATURE_NAMES)
    assert model.artifact_sha256 is not None
    artifact = stack.runtime.model_files.get(model.artifact_sha256)
    assert (hashlib.sha256(artifact).hexdigest(), len(artifact)) == (model.artifact_sha256, model.artifact_bytes)
    assert [fold["fold"] for fold in model.metrics["folds"]] == [1, 2, 3, 4, 5]
    assert set(model.metrics["overall"]) == {str(h) for h in range(1, 21)}
    assert model.verdict == model.metrics["overall"]["1"]["verdict"]
    assert model.evidence["parity"]["max_abs_diff"] <= model.evidence["parity"]["tolerance"]
    assert model.evidence["environment"]["threads"] == "1"
    assert np.array(model.evidence["volatility"]["coefficients"]).shape == (4, 20)
    assert model.evaluation_sha256 is not None
    tested = stack.runtime.evaluations.get(model.evaluation_sha256)
    assert len(tested.labelled()) == model.metrics["overall"]["1"]["sessions"]
    assert tested.sessions[-1].date() == snapshot.last_session
    assert reporter.fractions == sorted(reporter.fractions)
    assert [stage for stage in reporter.stages if stage.startswith("fold")] == [f"fold {k} of 5" for k in range(1, 6)]
    assert any("Fold 3 of 5" in line and "naive" in line for line in reporter.lines)
    assert model.mlflow_run_id is not None
    run = stack.runtime.runs.get(model.mlflow_run_id)
    assert run.status == "FINISHED"
    assert run.params["param.alpha"] == "500.0"
    assert run.tags["snapshot"] == snapshot.sha256
    assert run.metrics["h1.mae"] == pytest.approx(model.metrics["overall"]["1"]["mae"])
    assert run.metrics["fold.h5.naive_mae"] > 0
    files = mlflow(stack, "artifacts/list", run_id=run.run_id).json()["files"]
    assert [(file["path"], int(file["file_size"])) for file in files] == [("model.onnx", model.artifact_bytes)]
    assert registered_versions(stack, ticker) == 1


def test_the_same_job_twice_gives_the_same_model(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    job_id, request = stack.job(), TrainRequest(ticker=ticker, model_type="naive")
    results = [
        stack.trainer().train(request, job_id=job_id, actor="tests", reporter=Recorder(), guard=allow) for _ in range(2)
    ]
    assert results[0] == results[1]
    assert len(stack.models_of(ticker)) == 1


def _alone(record: Any) -> Any:
    """A record without what it says of the champion: the second model met one."""
    if isinstance(record, dict):
        return {key: _alone(value) for key, value in record.items() if "champion" not in key}
    return [_alone(value) for value in record] if isinstance(record, list) else record


def test_two_trainings_of_the_same_request_agree_to_the_bit(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    for _ in range(2):
        train(stack, ticker, "lightgbm")
    first, second = stack.models_of(ticker)
    assert first.artifact_sha256 == second.artifact_sha256
    assert first.evaluation_sha256 == second.evaluation_sha256
    assert second.metrics["overall"]["1"]["against_champion"]["skill"] == 0
    assert _alone(first.metrics) == _alone(second.metrics)
    assert (first.version, second.version) == (1, 2)


def test_only_the_first_model_of_a_ticker_becomes_champion_by_itself(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    first, second = train(stack, ticker), train(stack, ticker, "naive")
    assert (first.champion, second.champion) == (True, False)
    moves, _more = stack.runtime.deployments.ledger(ticker, 10, 0)
    assert [(move.alias, move.model_id, move.horizon) for move in moves] == [
        (alias, model.model_id, horizon)
        for alias, model in (("challenger", second), ("champion", first))
        for horizon in (20, 5, 1)
    ]
    entry = moves[-1]
    assert (entry.model_id, entry.previous_model_id, entry.actor) == (first.model_id, None, "tests")
    assert entry.evidence["verdict"] == first.verdict
    assert "first model" in entry.reason


def test_a_worker_that_lost_its_lease_registers_nothing(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)

    def lost(_: Session) -> None:
        raise LeaseLostError("another worker has it")

    request = TrainRequest(ticker=ticker, model_type="naive")
    with pytest.raises(LeaseLostError):
        stack.trainer().train(request, job_id=stack.job(), actor="tests", reporter=Recorder(), guard=lost)
    assert stack.models_of(ticker) == []
    assert stack.runtime.deployments.champion(ticker) is None
    assert registered_versions(stack, ticker) == 0
    assert run_statuses(stack, ticker) == ["KILLED"]


@pytest.mark.parametrize("stage", ["loading the snapshot", "fold 2 of 5", "registering"])
def test_a_cancelled_training_registers_nothing(stack: Market, stage: str) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    request = TrainRequest(ticker=ticker, model_type="naive")
    with pytest.raises(JobCancelledError):
        stack.trainer().train(request, job_id=stack.job(), actor="tests", reporter=Recorder(stage), guard=allow)
    assert stack.models_of(ticker) == []
    assert run_statuses(stack, ticker) == ["KILLED"]


def test_a_commit_that_fails_takes_the_registered_version_back(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    request = TrainRequest(ticker=ticker, model_type="naive")

    def fail(_: Session) -> None:
        raise ConnectionError("broken at the commit")

    def break_commit(session: Session) -> None:
        event.listen(session, "before_commit", fail)

    with pytest.raises(ConnectionError):
        stack.trainer().train(request, job_id=stack.job(), actor="tests", reporter=Recorder(), guard=break_commit)
    assert stack.models_of(ticker) == []
    assert registered_versions(stack, ticker) == 0
    assert run_statuses(stack, ticker) == ["FAILED"]


def test_mlflow_away_fails_the_training_and_says_so(stack: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    ticker = stack.ticker()
    stack.hold(ticker)
    request = TrainRequest(ticker=ticker, model_type="naive")
    with pytest.raises(UpstreamError, match="MLflow did not answer"):
        stack.trainer("http://127.0.0.1:9").train(
            request, job_id=stack.job(), actor="tests", reporter=Recorder(), guard=allow
        )
    assert stack.models_of(ticker) == []


def test_a_ticker_without_data_is_an_error_of_the_request(stack: Market) -> None:
    with pytest.raises(InvalidRequestError, match="has no data"):
        train(stack, stack.ticker())


def test_another_exchange_is_an_error_of_the_request(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    request = TrainRequest(ticker=ticker, exchange="XTAI")
    with pytest.raises(InvalidRequestError, match="trades on XNAS, not on XTAI"):
        stack.trainer().train(request, job_id=stack.job(), actor="tests", reporter=Recorder(), guard=allow)


def test_too_short_a_history_names_the_fewest_sessions_and_closes_the_run(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker, sample_bars("FB").iloc[:100])
    with pytest.raises(InvalidRequestError, match=f"100 sessions, at least {sessions_needed()}"):
        train(stack, ticker)
    assert run_statuses(stack, ticker) == ["FAILED"]
