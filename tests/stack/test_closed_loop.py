"""The closed loop with no hand on it: a planted change of regime is learned, a planted bad model is thrown out."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import eventually, wait_for_job

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

BASE, TICKER = "AAPL", "AAPL.SIM"
PATIENCE_SECONDS = 600.0


@pytest.fixture
def api(base_url: str) -> Iterator[httpx.Client]:
    """A client that waits for a DELETE of everything that a simulation left, and ends what a test began."""
    with httpx.Client(base_url=base_url, timeout=90) as client:
        yield client
        client.delete("/api/simulation").raise_for_status()


def simulate(api: httpx.Client, scenario: str, sessions: int) -> None:
    ingested = api.post("/api/run-etl", json={"tickers": [BASE], "source": "sample"}).json()["jobs"][0]
    assert wait_for_job(api, ingested["task_id"])["state"] == "succeeded"
    api.delete("/api/simulation").raise_for_status()
    body = {"ticker": BASE, "sessions": sessions, "speed": 50, "scenario": scenario, "seed": 7}
    api.post("/api/simulation", json=body).raise_for_status()


def items(api: httpx.Client, path: str, **params: Any) -> list[dict[str, Any]]:
    answer = api.get(path, params={"ticker": TICKER, **params}).raise_for_status()
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def until(api: httpx.Client, true: Callable[[], Any], what: str) -> None:
    """Wait for something that the platform does by itself while the market goes on; a market that failed says why."""

    def looked() -> bool:
        market = api.get("/api/simulation").json()
        assert market["state"] != "failed", market["error"]
        found = bool(true())
        assert found or market["running"] or true(), f"the market ended without it: {what}"
        return found

    eventually(looked, PATIENCE_SECONDS, what)


def champions(api: httpx.Client) -> list[dict[str, Any]]:
    """Moves of the champion one session ahead, newest first."""
    return items(api, "/api/models/ledger", alias="champion", horizon=1)


def alerts(api: httpx.Client, kind: str) -> list[dict[str, Any]]:
    page = api.get("/api/alerts", params={"subject": TICKER, "kind": kind}).raise_for_status().json()
    found: list[dict[str, Any]] = page["items"]
    return found


def test_a_change_of_regime_leads_to_drift_retraining_shadow_and_promotion(api: httpx.Client) -> None:
    simulate(api, "regime", sessions=60)
    until(api, lambda: any(check["drifted"] for check in items(api, "/api/drift")), "drift is found")
    until(api, lambda: alerts(api, "feature_drift"), "an alert tells of it")
    until(api, lambda: [d for d in items(api, "/api/retraining") if d["outcome"] == "submitted"], "a training follows")
    first = champions(api)[-1]["model_id"]

    until(api, lambda: champions(api)[0]["model_id"] != first, "a retrained model is champion")
    move = champions(api)[0]
    assert move["actor"] == "policy:auto"
    (decision,) = [d for d in items(api, "/api/retraining") if d["resulting_model_id"] == move["model_id"]]
    assert decision["trigger"] == "drift"
    live = move["evidence"]["against_champion"]["live"]
    assert live["scored"] >= 5  # it had run in shadow beside the champion, and was compared on what came


def test_a_planted_bad_model_is_rolled_back_with_an_alert(api: httpx.Client) -> None:
    simulate(api, "bad_model", sessions=30)
    until(api, lambda: len(champions(api)) >= 2, "the bad model is promoted by force")
    first, bad = champions(api)[-1]["model_id"], champions(api)[-2]["model_id"]
    assert "Planted by the simulation" in champions(api)[-2]["reason"]
    until(api, lambda: champions(api)[0]["model_id"] == first, "the first model serves again")
    move = champions(api)[0]
    assert move["actor"] == "policy:rollback"
    assert move["previous_model_id"] == bad
    (alert,) = alerts(api, "bad_promotion")
    assert alert["severity"] == "critical"
