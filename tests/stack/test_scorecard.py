"""The scorecard and replays as a user of the API meets them."""

from typing import Any

import httpx
import pytest

from tests.conftest import eventually, wait_for_job

pytestmark = pytest.mark.stack

RANGE = {"ticker": "MSFT", "start": "2012-10-01", "end": "2012-12-31", "seed": 7}


@pytest.fixture
def replay(api: httpx.Client) -> dict[str, Any]:
    """What a replay of a quarter came to."""
    answer = api.post("/api/backfill", json=RANGE)
    assert answer.status_code == 202, answer.text
    job = wait_for_job(api, answer.json()["task_id"], seconds=180)
    assert job["state"] == "succeeded", job
    result: dict[str, Any] = job["result"]
    return result


def scores(api: httpx.Client, **wanted: Any) -> list[dict[str, Any]]:
    answer = api.get("/api/scorecard", params=wanted)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_a_replay_fills_the_scorecard_and_says_that_it_was_one(api: httpx.Client, replay: dict[str, Any]) -> None:
    assert (replay["sessions"], replay["forecasts"]) == (62, 186)
    found = scores(api, ticker="MSFT", variant=replay["variant"])
    assert [(each["horizon"], each["scored"], each["pending"], each["replayed"]) for each in found] == [
        (1, 62, 0, True),
        (5, 62, 0, True),
        (20, 62, 0, True),
    ]
    assert all("naive" in each["verdict"] for each in found)
    curve = api.get("/api/scorecard/series", params={"variant": replay["variant"], "horizon": 5}).json()
    assert len(curve["points"]) == 62
    assert curve["points"][-1]["mae"] == pytest.approx(found[1]["mae"])
    past = api.get("/api/predict/", params={"ticker": "MSFT", "replayed": True, "limit": 1}).json()["items"]
    assert [(row["replayed"], row["model_id"]) for row in past] == [(True, None)]


def test_a_served_forecast_is_pending_and_never_among_the_replayed(api: httpx.Client) -> None:
    made = api.post("/api/predict/", json={"ticker": "MSFT"}).json()
    wanted = {"ticker": "MSFT", "horizon": made["horizon"], "model_type": made["model_type"], "replayed": False}
    eventually(lambda: any(each["pending"] for each in scores(api, **wanted)), 20, "the forecast is in the scorecard")
    found = [each for each in scores(api, **wanted) if each["model_id"] == made["model_id"]]
    assert [(each["scored"], each["mae"], each["skill"], each["dm_p_value"]) for each in found] == [
        (0, None, None, None)
    ]
    assert found[0]["verdict"].startswith("Pending")


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"ticker": "NOSUCH"}, 404, "not held"),
        ({"start": "1990-01-02", "end": "1990-12-31"}, 422, "none lies in the range"),
        ({"start": "2013-02-01", "end": "2013-01-01"}, 422, "is before start"),
        ({"model_type": "oracle"}, 422, "ridge"),
        ({"params": {"alpha": -1}}, 422, "alpha"),
        ({"horizons": [21]}, 422, "horizons"),
        ({"retrain_every": 0}, 422, "retrain_every"),
        ({"until": "2013-01-01"}, 422, "until"),
    ],
)
def test_a_replay_that_can_not_be_is_refused_with_the_reason(
    api: httpx.Client, wrong: dict[str, Any], status: int, words: str
) -> None:
    answer = api.post("/api/backfill", json={**RANGE, **wrong})
    assert answer.status_code == status
    assert words in answer.text


def test_a_curve_of_nothing_is_not_found(api: httpx.Client) -> None:
    answer = api.get("/api/scorecard/series", params={"ticker": "MSFT", "horizon": 13, "variant": "0" * 12})
    assert answer.status_code == 404
    assert api.get("/api/scorecard", params={"variant": "'; DROP VIEW scores"}).status_code == 422
