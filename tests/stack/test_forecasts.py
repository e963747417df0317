"""Forecasts as a user of the API gets them."""

import asyncio
import json
import os
import time
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import exchange_calendars
import httpx
import pytest
from clickhouse_connect.driver.client import Client
from websockets.asyncio.client import connect
from websockets.typing import Origin

from tests.conftest import Stack, eventually, stored, wait_for_job

pytestmark = pytest.mark.stack

SAMPLE = ("AAPL", "FB", "GOOG", "IBM", "MSFT")


def forecast(api: httpx.Client, ticker: str = "AAPL", **body: Any) -> dict[str, Any]:
    answer = api.post("/api/predict/", json={"ticker": ticker, **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("ticker", SAMPLE)
def test_every_sample_ticker_has_a_champion_that_forecasts(api: httpx.Client, ticker: str) -> None:
    found = forecast(api, ticker)
    assert not found["degraded"]
    assert found["model_id"] is not None
    assert found["source"] == "sample"
    assert found["naive_close"] == found["last_close"]
    assert found["skill"]["verdict"]


def test_forecast_is_for_the_next_session_of_the_exchange(api: httpx.Client) -> None:
    found = forecast(api)
    sessions = exchange_calendars.get_calendar("XNYS", start="2000-01-01")
    assert found["target_date"] == str(sessions.next_session(found["last_session"]).date())
    assert found["horizon"] == 1


def test_bands_hold_the_forecast_and_each_other(api: httpx.Client) -> None:
    found = forecast(api)
    lower = [band["lower"] for band in found["bands"]]
    upper = [band["upper"] for band in found["bands"]]
    assert [band["coverage"] for band in found["bands"]] == [50, 80, 95]
    assert lower == sorted(lower, reverse=True)
    assert upper == sorted(upper)
    assert lower[0] < found["predicted_close"] < upper[0]


def test_request_id_and_backend_are_named(api: httpx.Client) -> None:
    answer = api.post("/api/predict/", json={"ticker": "AAPL"}, headers={"X-Request-ID": "my-own-id-123"})
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"] == "my-own-id-123"
    assert answer.headers["X-Served-By"] == answer.json()["served_by"]


def test_weekend_holiday_past_and_far_targets_are_refused_with_valid_sessions_named(api: httpx.Client) -> None:
    last = date.fromisoformat(forecast(api)["last_session"])
    saturday = last + timedelta(days=(5 - last.weekday()) % 7 or 7)
    good_friday = date(2013, 3, 29)
    far = last + timedelta(days=60)
    for target, reason in (
        (saturday, "no trading day"),
        (good_friday, "too far ahead|no trading day"),
        (last, "lies in the past"),
        (last - timedelta(days=1), "lies in the past"),
        (far, "too far ahead"),
    ):
        answer = api.post("/api/predict/", json={"ticker": "AAPL", "target_date": str(target)})
        assert answer.status_code == 422, target
        problem = answer.json()
        assert any(words in problem["detail"] for words in reason.split("|")), problem["detail"]
        assert len(problem["allowed"]) == 20
        assert api.post("/api/predict/", json={"ticker": "AAPL", "target_date": problem["allowed"][-1]}).is_success


def test_each_backend_answers_alike(stack: Stack) -> None:
    answers = [
        httpx.post(f"{stack.url(name)}/api/predict/", json={"ticker": "IBM"}).json()
        for name in ("backend1", "backend2")
    ]
    assert answers[0]["predicted_close"] == answers[1]["predicted_close"]
    assert {answer["served_by"] for answer in answers} == {"backend1", "backend2"}


def test_answered_forecast_reaches_clickhouse_and_the_history_as_pending(api: httpx.Client, clickhouse: Client) -> None:
    found = forecast(api, "MSFT")
    prediction_id = UUID(found["prediction_id"])
    eventually(lambda: stored(clickhouse, [prediction_id]) == {prediction_id: 1}, 10, "the forecast is in ClickHouse")
    items = api.get("/api/predict/", params={"ticker": "MSFT", "limit": 20}).json()["items"]
    (record,) = [item for item in items if item["prediction_id"] == found["prediction_id"]]
    assert record["outcome"] == "pending"
    assert record["actual_close"] is None
    assert record["predicted_close"] == found["predicted_close"]


async def test_answered_forecast_reaches_a_watching_page(base_url: str) -> None:
    async with connect(f"{base_url.replace('http', 'ws')}/ws/predictions", origin=Origin(base_url)) as socket:
        async with httpx.AsyncClient(base_url=base_url) as client:
            answer = await client.post("/api/predict/", json={"ticker": "GOOG"})
        wanted = answer.json()["prediction_id"]
        async with asyncio.timeout(10):
            async for text in socket:
                frame = json.loads(text)
                if frame["type"] == "event" and frame["event"]["event_id"] == wanted:
                    assert frame["event"]["ticker"] == "GOOG"
                    return


def test_future_forecast_is_direct_for_each_session_and_its_bands_widen(api: httpx.Client, clickhouse: Client) -> None:
    accepted = api.post("/api/predict/future/", json={"ticker": "AAPL", "days": 20})
    assert accepted.status_code == 202
    job = wait_for_job(api, accepted.json()["task_id"])
    assert job["state"] == "succeeded"
    status = api.get(f"/api/predict/future/status/{job['task_id']}").json()
    path = status["result"]["predictions"]
    assert status["status"] == "succeeded"
    assert status["result"]["complete"]
    assert [each["horizon"] for each in path] == list(range(1, 21))
    assert len({each["target_date"] for each in path}) == 20
    # Which horizons a model serves follows from who is champion when this runs: other tests move that.
    own = [each["predicted_close"] for each in path if each["serves"] == "model"]
    assert len({round(close, 6) for close in own}) == len(own)
    assert all(each["predicted_close"] == each["naive_close"] for each in path if each["serves"] == "naive")
    widths = [each["bands"][1]["upper"] - each["bands"][1]["lower"] for each in path]
    assert widths[-1] > 2 * widths[0]
    ids = [UUID(each["prediction_id"]) for each in path]
    eventually(lambda: len(stored(clickhouse, ids)) == 20, 20, "all 20 forecasts are in ClickHouse")


def test_second_identical_post_is_the_same_job(api: httpx.Client) -> None:
    headers = {"Idempotency-Key": f"same-{time.time_ns()}"}
    body = {"ticker": "FB", "model_type": "naive"}
    first = api.post("/api/train", json=body, headers=headers).json()
    wait_for_job(api, first["task_id"])
    second = api.post("/api/train", json=body, headers=headers).json()
    assert (second["task_id"], first["created"], second["created"]) == (first["task_id"], True, False)
    other = api.post("/api/train", json={**body, "ticker": "IBM"}, headers=headers)
    assert other.status_code == 409


def test_moved_champion_is_served_by_both_backends_without_a_restart(api: httpx.Client, stack: Stack) -> None:
    job = wait_for_job(api, api.post("/api/models/", json={"ticker": "MSFT", "model_type": "ridge"}).json()["task_id"])
    model_id = job["result"]["model_id"]

    def served() -> set[int]:
        urls = [f"{stack.url(name)}/api/predict/" for name in ("backend1", "backend2")]
        return {httpx.post(url, json={"ticker": "MSFT"}).json()["model_id"] for url in urls}

    before = served()
    promoted = api.post(f"/api/models/{model_id}/promote", json={"reason": "the test moves it", "force": True})
    assert promoted.status_code == 200, promoted.text
    eventually(lambda: served() == {model_id}, 20, "both serve the new champion")
    again = api.post(f"/api/models/{model_id}/promote", json={"reason": "twice"})
    assert again.status_code == 409
    assert api.post("/api/models/rollback", json={"ticker": "MSFT", "reason": "the test moves it back"}).is_success
    eventually(lambda: served() == before, 20, "both serve the old champion again")
    newest = api.get("/api/models/ledger", params={"ticker": "MSFT"}).json()["items"][0]
    assert newest["previous_model_id"] == model_id
    assert newest["reason"] == "the test moves it back"


def test_model_names_its_evidence_and_its_mlflow_run(api: httpx.Client) -> None:
    champion = forecast(api, "AAPL")["model_id"]
    model = api.get(f"/api/models/{champion}").json()
    assert len(model["snapshot"]) == len(model["artifact_sha256"]) == 64
    assert model["git_commit"]
    assert model["evidence"]
    run = api.get(f"/api/mlflow/{champion}").json()
    assert run["status"] == "FINISHED"
    assert run["run_id"] == model["mlflow_run_id"]
    assert model["snapshot"] in {*run["params"].values(), *run["tags"].values()}


def test_paths_answer_alike_with_and_without_the_trailing_slash(api: httpx.Client) -> None:
    for path in ("/api/models", "/api/predict", "/api/jobs", "/api/datasets", "/api/train/status/nonsense"):
        bare, slashed = api.get(path), api.get(f"{path}/")
        assert bare.status_code == slashed.status_code
        assert bare.status_code in {200, 422}, path
    assert api.post("/api/predict", json={"ticker": "AAPL"}).status_code == 200


def test_the_stack_is_configured_by_urls_alone() -> None:
    assert {"RAW_DB_URL", "MODEL_META_DB_URL", "REDIS_URL", "CLICKHOUSE_URL"} <= set(os.environ)
