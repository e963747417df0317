"""A challenger beside the champion, seen from outside: recorded, and never shown as what was served."""

import json
from typing import Any
from uuid import UUID, uuid5

import httpx
import pytest
from clickhouse_connect.driver.client import Client
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.conftest import Stack, eventually, stored, wait_for_job

pytestmark = pytest.mark.stack

TICKER = "IBM"


@pytest.fixture(scope="module")
def challenger(base_url: str) -> int:
    """A model that was just trained beside the one that serves."""
    with httpx.Client(base_url=base_url, timeout=30) as client:
        made = client.post("/api/models/", json={"ticker": TICKER, "model_type": "ridge", "params": {"alpha": 321.0}})
        job = wait_for_job(client, made.json()["task_id"])
    assert job["state"] == "succeeded", job["error"]
    model_id: int = job["result"]["model_id"]
    return model_id


@pytest.fixture
def both_shadow(stack: Stack, challenger: int, clickhouse: Client) -> int:
    """The challenger, once both backends have it in memory."""

    asked: dict[str, list[UUID]] = {name: [] for name in BACKENDS}

    def shadowed() -> bool:
        done = [bool(stored(clickhouse, ids)) for ids in asked.values() if ids]
        for name, ids in asked.items():
            ids.append(shadow_of(httpx.post(f"{stack.url(name)}/api/predict/", json={"ticker": TICKER}).json()))
        return len(done) == len(BACKENDS) and all(done)

    eventually(shadowed, 60, "both backends record the challenger's forecasts")
    return challenger


BACKENDS = ("backend1", "backend2")


def shadow_of(answer: dict[str, Any]) -> UUID:
    """The id of the event that a challenger's forecast beside an answer has."""
    return uuid5(UUID(answer["prediction_id"]), "shadow")


def row(clickhouse: Client, prediction_id: UUID) -> dict[str, Any]:
    query = "SELECT * FROM predictions FINAL WHERE prediction_id = {id:UUID}"
    (found,) = clickhouse.query(query, parameters={"id": prediction_id}).named_results()
    return dict(found)


def ids(api: httpx.Client, **wanted: Any) -> set[str]:
    page = api.get("/api/predict/", params={"ticker": TICKER, "limit": 100, **wanted}).json()
    return {item["prediction_id"] for item in page["items"]}


def test_a_challenger_forecasts_beside_an_answer_and_nobody_is_shown_it(
    api: httpx.Client, base_url: str, clickhouse: Client, both_shadow: int
) -> None:
    with connect(f"{base_url.replace('http', 'ws')}/ws/predictions", origin=Origin(base_url)) as socket:
        answer = api.post("/api/predict/", json={"ticker": TICKER}).json()
        shadow = shadow_of(answer)
        eventually(lambda: stored(clickhouse, [shadow]) == {shadow: 1}, 30, "the shadow is in ClickHouse")
        later = api.post("/api/predict/", json={"ticker": TICKER}).json()
        pushed = set()
        for text in socket:
            frame = json.loads(text)
            if frame["type"] == "event":
                assert not frame["event"]["shadow"]
                pushed.add(frame["event"]["event_id"])
            if later["prediction_id"] in pushed:
                break
    assert answer["prediction_id"] in pushed
    found = row(clickhouse, shadow)
    assert (found["model_id"], found["shadow"], found["request_id"]) == (both_shadow, True, answer["request_id"])
    assert (str(found["target_session"]), found["served_by"]) == (answer["target_date"], answer["served_by"])
    assert found["serves"] in {"model", "naive"}
    assert answer["model_id"] != both_shadow
    assert str(shadow) not in ids(api)
    assert str(shadow) in ids(api, shadow=True)
    shown = api.get("/api/scorecard", params={"ticker": TICKER}).json()["items"]
    hidden = api.get("/api/scorecard", params={"ticker": TICKER, "shadow": True}).json()["items"]
    assert not any(score["shadow"] for score in shown)
    assert both_shadow in {score["model_id"] for score in hidden if score["shadow"]}


def test_a_past_forecast_tells_whether_the_model_spoke(api: httpx.Client, clickhouse: Client) -> None:
    answer = api.post("/api/predict/", json={"ticker": TICKER}).json()
    prediction_id = UUID(answer["prediction_id"])
    eventually(lambda: stored(clickhouse, [prediction_id]) == {prediction_id: 1}, 20, "it is in ClickHouse")
    page = api.get("/api/predict/", params={"ticker": TICKER, "limit": 100}).json()
    (record,) = [item for item in page["items"] if item["prediction_id"] == answer["prediction_id"]]
    assert (record["serves"], record["shadow"]) == (answer["serves"], False)


def test_a_multi_session_forecast_has_its_shadows_too(api: httpx.Client, clickhouse: Client, challenger: int) -> None:
    accepted = api.post("/api/predict/future/", json={"ticker": TICKER, "days": 5})
    job = wait_for_job(api, accepted.json()["task_id"])
    path = api.get(f"/api/predict/future/status/{job['task_id']}").json()["result"]["predictions"]
    shadows = [shadow_of(each) for each in path]
    eventually(lambda: len(stored(clickhouse, shadows)) == 5, 60, "the path's shadows are in ClickHouse")
    found = [row(clickhouse, shadow) for shadow in shadows]
    assert {each["model_id"] for each in found} == {challenger}
    assert [each["horizon"] for each in found] == [1, 2, 3, 4, 5]


def test_a_model_that_is_named_has_no_shadow(api: httpx.Client, clickhouse: Client, both_shadow: int) -> None:
    named = api.post("/api/predict/", json={"ticker": TICKER, "model_id": both_shadow}).json()
    after = api.post("/api/predict/", json={"ticker": TICKER}).json()
    eventually(lambda: len(stored(clickhouse, [shadow_of(after)])) == 1, 30, "the later answer's shadow is there")
    assert stored(clickhouse, [shadow_of(named)]) == {}


@pytest.mark.usefixtures("both_shadow")
def test_what_became_of_shadows_is_counted(stack: Stack) -> None:
    def recorded() -> float:
        text = httpx.get(f"{stack.url('backend1')}/metrics").text
        lines = [line for line in text.splitlines() if line.startswith('bellwether_shadows_total{outcome="recorded"}')]
        return float(lines[0].split()[-1]) if lines else 0.0

    before = recorded()
    httpx.post(f"{stack.url('backend1')}/api/predict/", json={"ticker": TICKER})
    eventually(lambda: recorded() > before, 10, "one more shadow was recorded")
