"""Any one service is killed while forecasts are asked for: it comes back, and nothing that was answered is lost."""

import contextlib
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import httpx
import pytest
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from tests.conftest import Stack, connect_clickhouse, eventually, stored, wait_for_job

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(300)]

KILLED = ("backend1", "ws_monitor", "kafka", "postgres", "clickhouse", "valkey", "s3", "mlflow", "nginx")
SETTLE_SECONDS = 75
"""A resend waits until the sink should have had the event, 10 s and more; recovery comes before."""


@dataclass
class Load:
    """Forecasts asked for in a row, and what was answered."""

    answered: list[UUID] = field(default_factory=list)
    refused: int = 0


@contextmanager
def forecasts_running(base_url: str) -> Iterator[Load]:
    load, stop = Load(), threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=base_url, timeout=15) as client:
            while not stop.is_set():
                try:
                    answer = client.post("/api/predict/", json={"ticker": "AAPL"})
                except httpx.TransportError:
                    load.refused += 1
                    continue
                if answer.is_success:
                    load.answered.append(UUID(answer.json()["prediction_id"]))
                else:
                    load.refused += 1
                time.sleep(0.02)

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        yield load
    finally:
        stop.set()
        asker.join()


@dataclass
class Kill:
    """What one service's death did to the forecasts that were asked for meanwhile."""

    load: Load = field(default_factory=Load)
    seconds: float | None = None
    trouble: str | None = None
    stored: dict[UUID, int] = field(default_factory=dict)


def kill_under_load(stack: Stack, base_url: str, name: str) -> Kill:
    kill = Kill()
    with forecasts_running(base_url) as load:
        kill.load = load
        try:
            eventually(lambda: len(load.answered) > 20, 20, "forecasts are answered before the kill")
            pid = stack.kill(name)
            kill.seconds = stack.wait_until_back(name, pid)
            before = len(load.answered)
            eventually(lambda: len(load.answered) > before + 20, 20, "forecasts are answered after the kill")
        except AssertionError as error:
            kill.trouble = str(error)
    return kill


@pytest.fixture(scope="module")
def kills(stack: Stack, base_url: str) -> dict[str, Kill]:
    """One service after the other is killed; what had been answered is then looked for once, and all together."""
    made = {name: kill_under_load(stack, base_url, name) for name in KILLED}
    begun = time.monotonic()
    while not _all_is_stored(made.values()) and time.monotonic() - begun < SETTLE_SECONDS:
        time.sleep(0.5)
    print(f"all in ClickHouse {time.monotonic() - begun:.1f} s after the last forecast")
    return made


def _all_is_stored(kills: Collection[Kill]) -> bool:
    """Look for what is not known to be stored once."""
    waiting = [kill for kill in kills if kill.stored != dict.fromkeys(kill.load.answered, 1)]
    try:
        with contextlib.closing(connect_clickhouse()) as clickhouse:
            for kill in waiting:
                kill.stored = stored(clickhouse, kill.load.answered)
    except ClickHouseError:
        return False
    return not waiting


@pytest.mark.parametrize("name", KILLED)
def test_killed_service_is_back_and_no_answered_forecast_is_lost(kills: dict[str, Kill], name: str) -> None:
    kill = kills[name]
    assert kill.trouble is None, kill.trouble
    assert kill.stored == dict.fromkeys(kill.load.answered, 1)
    print(f"{name}: back after {kill.seconds:.1f} s, {len(kill.load.answered)} answered, {kill.load.refused} refused")


def test_killed_train_worker_loses_no_job_and_trains_nothing_twice(api: httpx.Client, stack: Stack) -> None:
    body = {"ticker": "AAPL", "model_type": "lightgbm", "n_folds": 5, "params": {"n_estimators": 200}}
    task_id = api.post("/api/train", json=body).json()["task_id"]
    eventually(lambda: api.get(f"/api/jobs/{task_id}").json()["progress"] > 0.05, 90, "the training has begun")
    pid = stack.kill("celery_train")
    assert api.get(f"/api/jobs/{task_id}").json()["state"] == "running"
    stack.wait_until_back("celery_train", pid)
    job = wait_for_job(api, task_id, 180)
    assert (job["state"], job["attempt"]) == ("succeeded", 2)
    models = api.get("/api/models/", params={"ticker": "AAPL", "limit": 500}).json()["items"]
    details = [api.get(f"/api/models/{model['model_id']}").json() for model in models]
    assert [detail["model_id"] for detail in details if detail["task_id"] == task_id] == [job["result"]["model_id"]]


def test_jobs_accepted_while_the_broker_is_away_run_when_it_is_back(api: httpx.Client, stack: Stack) -> None:
    pid = stack.kill("valkey")
    accepted = api.post("/api/predict/future/", json={"ticker": "IBM", "days": 3})
    assert accepted.status_code == 202
    stack.wait_until_back("valkey", pid)
    assert wait_for_job(api, accepted.json()["task_id"], 90)["state"] == "succeeded"
