"""A market that has changed is found, told of, reported and trained anew, on the running stack."""

import gzip
import re
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import numpy as np
import pandas as pd
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import delete

from backend.api.drift_gauges import DriftGauges
from backend.monitor.drift.monitor import DriftMonitor, Unchecked
from backend.monitor.drift.reporting import ReportError, ReportInput, make_report
from backend.monitor.drift.service import drift_step
from backend.monitor.retraining.retrainer import Retrainer
from backend.settings import Settings
from backend.src.data.monitor_orm import Alert, DriftCheck, RetrainDecision
from backend.src.data.orm import Deployment, Job, Model
from backend.src.runtime import Runtime
from backend.src.training.request import TrainRequest
from backend.tests import ml_seed, score_seed
from backend.tests.ml_seed import Market, Recorder, allow
from backend.tests.sample_bars import sample_bars
from bellwether_contracts import metric_names
from tests.conftest import wait_for_job

pytestmark = pytest.mark.stack

LEARNED = 700
PRICES = ["open", "high", "low", "close", "adj_close"]


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    runtime = Runtime(Settings(service_name="tests", retrain_persistence=1))
    yield runtime
    runtime.close()


@pytest.fixture
def market(runtime: Runtime) -> Iterator[Market]:
    market = next(seeded := ml_seed.market(runtime))
    yield market
    with runtime.meta_sessions.begin() as session:
        for table in (DriftCheck, RetrainDecision):
            session.execute(delete(table).where(table.ticker.in_(market.tickers)))
        session.execute(delete(Alert).where(Alert.subject.in_(market.tickers)))
    next(seeded, None)
    with runtime.meta_sessions.begin() as session:
        session.execute(delete(Job).where(Job.ticker.in_(market.tickers)))


def champion(market: Market) -> Model:
    """A model that was trained on the first part of a series."""
    ticker = market.ticker()
    market.hold(ticker, sample_bars("IBM").head(LEARNED))
    request = TrainRequest(ticker=ticker, source=ml_seed.SOURCE, n_folds=2)
    market.trainer().train(request, job_id=market.job(), actor="tests", reporter=Recorder(), guard=allow)
    (model,) = market.models_of(ticker)
    return model


def go_on(market: Market, model: Model, sessions: int, daily: float = 0.0) -> pd.DataFrame:
    """Hold more sessions of the series, with a daily log return added to each of them."""
    bars = sample_bars("IBM").head(LEARNED + sessions).copy()
    steps = np.concatenate([np.zeros(LEARNED), np.arange(1, sessions + 1) * daily])
    bars[PRICES] = bars[PRICES].mul(np.exp(steps), axis=0)
    market.hold(model.ticker, bars)
    return bars


def firing(runtime: Runtime, ticker: str) -> dict[str, Any]:
    found, _ = runtime.alerts.page(state="firing", kind=None, subject=ticker, severity=None, limit=10, offset=0)
    return {alert.kind: alert.evidence for alert, _ in found}


def test_a_changed_market_is_told_of_reported_and_trained_anew(
    runtime: Runtime, market: Market, api: httpx.Client
) -> None:
    model = champion(market)
    go_on(market, model, 70, daily=0.02)
    found = drift_step(runtime, model.ticker)
    assert found is not None
    assert found["drifted"]
    assert firing(runtime, model.ticker)["feature_drift"]["model_id"] == model.id

    decided = Retrainer(runtime).consider(model.ticker)
    assert decided is not None
    assert (decided["trigger"], decided["outcome"]) == ("drift", "submitted")
    trained = wait_for_job(api, decided["job_id"])
    assert trained["state"] == "succeeded", trained["error"]
    assert trained["trigger"]["evidence"]["check_id"] == found["check_id"]
    new = api.get(f"/api/models/{trained['result']['model_id']}").json()
    assert new["trigger"] == trained["trigger"]
    assert new["evidence"]["window"] == {"kind": "rolling", "rows": 500}
    (kept,) = api.get("/api/retraining", params={"ticker": model.ticker}).json()["items"]
    assert (kept["job_id"], kept["resulting_model_id"]) == (decided["job_id"], new["model_id"])

    for _ in range(2):
        again = Retrainer(runtime).consider(model.ticker)
        assert again is not None
        assert again["outcome"] == "cooling_down"
    outcomes = [each["outcome"] for each in api.get("/api/retraining", params={"ticker": model.ticker}).json()["items"]]
    assert outcomes == ["cooling_down", "submitted"]

    report = next(
        job for job in api.get("/api/jobs", params={"ticker": model.ticker}).json()["items"] if job["kind"] == "drift"
    )
    assert report["trigger"] == {"trigger": "drift", "check_id": found["check_id"]}
    ended = wait_for_job(api, report["task_id"], 120)
    assert ended["state"] == "succeeded", ended["error"]
    (check,) = api.get("/api/drift", params={"ticker": model.ticker}).json()["items"]
    assert (check["id"], check["has_report"], check["sessions"]) == (found["check_id"], True, 60)
    answer = api.get(f"/api/drift/{check['id']}/report")
    assert "rsi_14" in answer.text
    assert "sandbox allow-scripts" in answer.headers["content-security-policy"]
    assert not re.findall(r"""(?:src|href)\s*=\s*["']https?://(?!plotly\.com/["'])""", answer.text)
    plain = api.get(f"/api/drift/{check['id']}/report", headers={"Accept-Encoding": "identity"})
    assert plain.content == gzip.decompress(runtime.reports.get_compressed(_key(runtime, check["id"])))


def _key(runtime: Runtime, check_id: int) -> str:
    return runtime.drift.get(check_id).report_key or ""


def test_an_unchanged_market_is_checked_once_a_session_fast_and_raises_nothing(
    runtime: Runtime, market: Market
) -> None:
    model = champion(market)
    go_on(market, model, 70)
    first = DriftMonitor(runtime).check(model.ticker)
    assert not isinstance(first, Unchecked)
    assert (first.drifted, first.findings["quality"]["missing_sessions"]) == (False, 0)
    again = DriftMonitor(runtime).check(model.ticker)
    assert not isinstance(again, Unchecked)
    assert again.id == first.id
    assert Retrainer(runtime).consider(model.ticker) is None
    assert firing(runtime, model.ticker) == {}
    bars = go_on(market, model, 71)
    started = time.perf_counter()
    next_session = DriftMonitor(runtime).check(model.ticker)
    assert time.perf_counter() - started < 2
    assert not isinstance(next_session, Unchecked)
    assert next_session.last_session == bars["session"].iloc[-1].date()


def test_too_few_new_sessions_are_no_error_and_end_what_was_told_of_the_champion_before(
    runtime: Runtime, market: Market
) -> None:
    model = champion(market)
    go_on(market, model, 20)  # with the 20 that a training can't grade yet, 40 are new to it
    found = DriftMonitor(runtime).check(model.ticker)
    assert found == Unchecked("not enough sessions yet", 40)
    assert drift_step(runtime, model.ticker) == {"state": "not enough sessions yet", "sessions": 40}
    assert DriftMonitor(runtime).check(market.ticker()) == Unchecked(f"{market.tickers[-1]} has no champion")


def test_errors_that_outgrow_the_record_are_told_of_until_they_end(runtime: Runtime, market: Market) -> None:
    model = champion(market)
    with runtime.meta_sessions.begin() as session:  # its record does not let it serve; here it does
        heads = session.query(Deployment).where(Deployment.model_id == model.id)
        heads.update({"serves": "model"})
    bars = go_on(market, model, 30)
    wrong = score_seed.rows(bars, model.ticker, 1, 0.05, model_id=model.id, model_version=model.version)
    score_seed.record(runtime, wrong.tail(30))
    found = DriftMonitor(runtime).check(model.ticker)
    assert not isinstance(found, Unchecked)
    concept = found.findings["concept"]
    assert (concept["drifted"], concept["sessions"], found.drifted) == (True, 30, True)
    assert concept["live_ratio"] > concept["record_ratio"]
    assert found.findings["features"] == {"state": "not enough sessions yet", "sessions": 50}
    assert set(firing(runtime, model.ticker)) == {"concept_drift"}


def test_the_newest_check_is_exported_and_ends_with_it(runtime: Runtime, market: Market) -> None:
    model = champion(market)
    go_on(market, model, 70, daily=0.02)
    DriftMonitor(runtime).check(model.ticker)
    gauges = DriftGauges(runtime.drift)
    gauges.refresh()
    labels = {"ticker": model.ticker}
    assert REGISTRY.get_sample_value(metric_names.DRIFTED, labels) == 1
    assert (REGISTRY.get_sample_value(metric_names.DRIFT_RATIO, labels) or 0) > 1
    with runtime.meta_sessions.begin() as session:
        session.execute(delete(DriftCheck).where(DriftCheck.ticker == model.ticker))
    gauges.refresh()
    assert REGISTRY.get_sample_value(metric_names.DRIFTED, labels) is None


def test_a_report_that_can_not_be_made_says_why() -> None:
    frame = pd.DataFrame({"a": np.arange(700.0)})
    with pytest.raises(ReportError, match="DRIFT_REPORT_SECONDS"):
        make_report(ReportInput(frame, frame.tail(60), 0.01), 0.05)
    with pytest.raises(ReportError, match="columns differ"):
        make_report(ReportInput(frame, frame.tail(60).rename(columns={"a": "b"}), 0.01), 240)


def test_what_can_not_be_asked_for_is_refused(api: httpx.Client) -> None:
    assert api.post("/api/drift", json={"ticker": "NOSUCH"}).status_code == 404
    assert api.get("/api/drift/2147483647/report").status_code == 404
    assert api.post("/api/what-if", json={"ticker": "NOSUCH", "from": "2010-01-04"}).status_code == 404
    for wrong in ({"from": "2010-01-04", "to": "2010-01-04"}, {"from": "2030-01-01"}, {"start": "2010-01-04"}):
        answer = api.post("/api/what-if", json={"ticker": "AAPL", **wrong})
        assert answer.status_code == 422, answer.text


def test_whether_retraining_would_have_helped_is_answered_in_words(api: httpx.Client) -> None:
    body = {"ticker": "AAPL", "from": "2012-06-01", "to": "2012-10-31"}
    job = wait_for_job(api, api.post("/api/what-if", json=body).json()["task_id"], 120)
    assert job["state"] == "succeeded", job["error"]
    assert job["result"]["sentence"].startswith(("Retraining", "The policy would not"))
    assert job["result"]["sessions"] > 90
    assert UUID(job["task_id"])
