"""Who serves at which horizon, moved by a person and by a policy, seen from outside."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.conftest import Stack, eventually, wait_for_job

pytestmark = pytest.mark.stack

TICKER = "FB"


def train(api: httpx.Client, **request: Any) -> int:
    made = api.post("/api/models/", json={"ticker": TICKER, **request})
    job = wait_for_job(api, made.json()["task_id"])
    assert job["state"] == "succeeded", job["error"]
    model_id: int = job["result"]["model_id"]
    return model_id


@pytest.fixture(scope="module")
def challenger(base_url: str) -> int:
    """A model that is no better than the one that serves."""
    with httpx.Client(base_url=base_url, timeout=30) as client:
        return train(client, model_type="naive", seed=20261121)


@pytest.fixture
def policy(api: httpx.Client) -> Iterator[str]:
    """The address of the ticker's policy, which is put back afterwards."""
    path = f"/api/models/policy/{TICKER}"
    before = api.get(path).json()["policy"]
    yield path
    api.put(path, json={"policy": before})


def served(stack: Stack) -> list[dict[int, int | None]]:
    """The model behind the forecasts 1, 5 and 20 sessions ahead, at each backend."""
    found = []
    for backend in ("backend1", "backend2"):
        url = f"{stack.url(backend)}/api/predict/"
        refusal = httpx.post(url, json={"ticker": TICKER, "target_date": "2000-01-03"}).json()
        days = refusal["allowed"]
        answers = [httpx.post(url, json={"ticker": TICKER, "target_date": days[h - 1]}).json() for h in (1, 5, 20)]
        found.append({answer["horizon"]: answer["model_id"] for answer in answers})
    return found


def in_force(api: httpx.Client, moment: str = "2100-01-01T00:00:00Z") -> dict[int, int]:
    page = api.get("/api/models/ledger", params={"ticker": TICKER, "at": moment}).json()
    return {entry["horizon"]: entry["model_id"] for entry in page["items"]}


def test_promotion_without_evidence_is_refused_with_the_reason_at_each_horizon(
    api: httpx.Client, challenger: int
) -> None:
    refused = api.post(f"/api/models/{challenger}/promote", json={"reason": "I like it"})
    assert refused.status_code == 409
    assert set(refused.json()["refused"]) == {"1", "5", "20"}
    assert "no better than no change" in refused.json()["detail"].lower()


def test_one_horizon_moves_in_both_backends_within_five_seconds_and_back(
    api: httpx.Client, stack: Stack, challenger: int
) -> None:
    before = in_force(api)
    body = {"reason": "the test moves one horizon", "force": True, "horizons": [5]}
    moved = api.post(f"/api/models/{challenger}/promote", json=body)
    assert moved.status_code == 200, moved.text
    (entry,) = moved.json()["items"]
    try:
        assert (entry["horizon"], entry["model_id"], entry["serves"]) == (5, challenger, "naive")
        assert entry["evidence"]["forced"] is True
        expected = {**before, 5: challenger}
        eventually(lambda: served(stack) == [expected] * 2, 20, "both backends serve the new champion 5 sessions ahead")
        assert in_force(api) == expected
        detail = api.get(f"/api/models/{challenger}").json()
        assert {(each["alias"], each["horizon"]) for each in detail["deployments"]} >= {("champion", 5)}
    finally:
        back = api.post("/api/models/rollback", json={"ticker": TICKER, "reason": "back", "horizons": [5]})
    assert back.status_code == 200, back.text
    eventually(lambda: served(stack) == [before] * 2, 20, "both backends serve the old champion again")
    assert in_force(api, entry["at"])[5] == challenger


def test_an_answer_says_whether_the_model_or_naive_speaks(api: httpx.Client) -> None:
    answer = api.post("/api/predict/", json={"ticker": TICKER}).json()
    assert answer["serves"] in {"model", "naive"}
    assert answer["serves_reason"]
    assert not answer["degraded"]
    if answer["serves"] == "naive":
        assert answer["predicted_close"] == answer["naive_close"]
        assert answer["model_id"] is not None


def test_a_named_model_answers_in_place_of_the_champion(api: httpx.Client, challenger: int) -> None:
    champion = api.post("/api/predict/", json={"ticker": TICKER}).json()
    answer = api.post("/api/predict/", json={"ticker": TICKER, "model_id": challenger})
    assert answer.status_code == 200, answer.text
    named = answer.json()
    assert (named["model_id"], named["model_type"]) == (challenger, "naive")
    assert champion["model_id"] != challenger
    assert named["target_date"] == champion["target_date"]
    again = api.post("/api/predict/", json={"ticker": TICKER, "model_id": champion["model_id"]}).json()
    assert (again["predicted_close"], again["bands"]) == (champion["predicted_close"], champion["bands"])


@pytest.mark.parametrize(
    ("ticker", "changes", "status"),
    [
        (TICKER, {"model_id": 2**53 - 1}, 404),
        ("AAPL", {}, 409),
        ("NOSUCH", {}, 404),
        (TICKER, {"target_date": "2000-01-03"}, 422),
        (TICKER, {"model_id": 0}, 422),
    ],
)
def test_a_named_model_that_can_not_answer_says_why(
    api: httpx.Client, challenger: int, ticker: str, changes: dict[str, Any], status: int
) -> None:
    refused = api.post("/api/predict/", json={"ticker": ticker, "model_id": challenger, **changes})
    assert refused.status_code == status, refused.text
    assert refused.json()["detail"]


def test_of_two_promotions_at_once_through_both_backends_one_wins(
    api: httpx.Client, stack: Stack, challenger: int
) -> None:
    other = train(api, model_type="naive", seed=20261122)
    body = {"reason": "the test races", "force": True, "horizons": [20]}

    def promote(backend: str, model_id: int) -> httpx.Response:
        return httpx.post(f"{stack.url(backend)}/api/models/{model_id}/promote", json=body, timeout=30)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(promote, ("backend1", "backend2"), (challenger, other)))
    won = [answer for answer in answers if answer.status_code == 200]
    for _ in won:  # a slower one may have seen the faster one's champion and replaced it
        back = {"ticker": TICKER, "reason": "the race is over", "horizons": [20]}
        assert api.post("/api/models/rollback", json=back).status_code == 200
    assert won
    assert all("at the same time" in answer.json()["detail"] for answer in answers if answer not in won)


def test_a_policy_is_set_and_followed_by_the_next_training(api: httpx.Client, policy: str) -> None:
    assert api.put(policy, json={"policy": "always"}).status_code == 422
    assert api.put("/api/models/policy/NOSUCH", json={"policy": "off"}).status_code == 404
    for chosen, outcomes in (("off", set()), ("propose", {"kept"})):
        assert api.put(policy, json={"policy": chosen}).json()["policy"] == chosen
        assert api.get(policy).json()["actor"].startswith("api:")
        model_id = train(api, model_type="naive", seed=len(chosen))
        decisions = api.get(f"/api/models/{model_id}").json()["decisions"]
        assert {decision["outcome"] for decision in decisions} == outcomes


@pytest.mark.parametrize("horizons", [[2], [], ["a"], [1, 5, 20, 1]])
def test_only_graded_horizons_can_be_named(api: httpx.Client, challenger: int, horizons: list[Any]) -> None:
    body = {"reason": "try", "horizons": horizons}
    assert api.post(f"/api/models/{challenger}/promote", json=body).status_code == 422
    assert api.get("/api/models/ledger", params={"horizon": 2}).status_code == 422
