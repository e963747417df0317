"""The Prefect flow against the running platform: its server, its API, its stores."""

import os

import httpx
import pytest

from backend.src.runtime import Runtime
from backend.src.workflows.platform import Platform

# Importing Prefect and one run take half a minute when the processors are busy.
pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]


@pytest.mark.filterwarnings("default")  # Prefect's own dependencies warn
def test_one_bad_ticker_fails_the_flow_run_and_is_named_while_the_other_is_ingested_and_trained(
    runtime: Runtime,
) -> None:
    from backend.src.workflows.flow import ingest_and_train

    with httpx.Client(base_url=os.environ["BELLWETHER_API_URL"], timeout=30) as client:
        state = ingest_and_train(["FB", "NOSUCH"], "sample", runtime.ingest, Platform(client))
    assert state.is_failed()
    assert state.message is not None
    assert "1 of 2 tickers failed: NOSUCH" in state.message
    assert "The sample market has AAPL, FB" in state.message
    ingested = runtime.ingest_runs.latest("FB")
    assert ingested is not None
    assert ingested.state == "succeeded"
    jobs, _ = runtime.jobs.page(state=None, kind="train", ticker="FB", limit=1, offset=0)
    assert jobs[0].state == "succeeded"
    shown = httpx.post(
        f"{os.environ['PREFECT_API_URL']}/flow_runs/filter", json={"limit": 1, "sort": "START_TIME_DESC"}
    )
    assert shown.json()[0]["state"]["type"] == "FAILED"
    assert "NOSUCH" in shown.json()[0]["state"]["message"]
