"""What tests of the whole platform share: the running stack's page, its services and its stores."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import clickhouse_connect
import httpx
import pytest
from clickhouse_connect.driver.client import Client

RESTART_SECONDS = 45.0
"""Patience of a test on a busy machine; how long it really takes is for the chaos benchmark to say."""


def eventually(true: Callable[[], Any], seconds: float, what: str) -> float:
    """Wait until something holds; the seconds it took."""
    started = time.monotonic()
    while not true():
        waited = time.monotonic() - started
        assert waited < seconds, f"not within {seconds:g} s: {what}"
        time.sleep(0.1)
    return time.monotonic() - started


@dataclass(frozen=True)
class Stack:
    """The running copy of the local stack."""

    state_file: Path

    def service(self, name: str) -> dict[str, Any]:
        """A service's row: pid, state, port."""
        row: dict[str, Any] = json.loads(self.state_file.read_text())["services"][name]
        return row

    def url(self, name: str) -> str:
        """A service's own address, past Nginx."""
        return f"http://127.0.0.1:{self.service(name)['port']}"

    def kill(self, name: str) -> int:
        """SIGKILL a service; returns the pid that it had."""
        pid: int = self.service(name)["pid"]
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_until_back(self, name: str, old_pid: int) -> float:
        """Seconds until a killed service is ready again."""

        def back() -> bool:
            row = self.service(name)
            return bool(row["state"] == "up" and row["pid"] != old_pid)

        return eventually(back, RESTART_SECONDS, f"{name} is back")


@pytest.fixture(scope="session")
def stack() -> Stack:
    return Stack(Path(os.environ["BELLWETHER_STATE"]))


@pytest.fixture(scope="session")
def base_url() -> str:
    """The page's address: every request goes through Nginx, as a user's does."""
    return os.environ["BELLWETHER_URL"]


@pytest.fixture
def api(base_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_url, timeout=30) as client:
        yield client


def connect_clickhouse() -> Client:
    """A client of the stack's ClickHouse."""
    return clickhouse_connect.get_client(dsn=os.environ["CLICKHOUSE_URL"], autogenerate_session_id=False)


@pytest.fixture
def clickhouse() -> Iterator[Client]:
    client = connect_clickhouse()
    yield client
    client.close()


def wait_for_job(api: httpx.Client, task_id: str, seconds: float = 90) -> dict[str, Any]:
    """A job once it has ended; asking outlives a restarting backend."""
    job: dict[str, Any] = {}

    def ended() -> bool:
        try:
            answer = api.get(f"/api/jobs/{task_id}")
        except httpx.TransportError:
            return False
        if answer.status_code == 200:
            job.update(answer.json())
        return job.get("state") in {"succeeded", "failed", "cancelled"}

    eventually(ended, seconds, f"job {task_id} ends; last seen {job}")
    return job


def stored(clickhouse: Client, prediction_ids: list[UUID]) -> dict[UUID, int]:
    """How often ClickHouse has each prediction."""
    result = clickhouse.query(
        "SELECT prediction_id, count() FROM predictions FINAL WHERE prediction_id IN {ids:Array(UUID)} GROUP BY 1",
        parameters={"ids": prediction_ids},
    )
    return {row[0]: row[1] for row in result.result_rows}
