"""A worker's numbers: told by the job process, counted and served by the process above it."""

import os
import time
from collections.abc import Callable
from multiprocessing import get_context

import httpx
import psutil
import pytest

from backend.tasks.metrics import WorkerMetrics
from backend.tasks.settings import WorkerSettings


@pytest.fixture
def metrics() -> WorkerMetrics:
    return WorkerMetrics()


@pytest.fixture
def url(metrics: WorkerMetrics) -> str:
    settings = WorkerSettings.model_construct(worker_metrics_host="127.0.0.1", worker_metrics_port=0)
    return f"http://127.0.0.1:{metrics.serve(settings)}/metrics"


def told(url: str) -> dict[str, float]:
    lines = [line for line in httpx.get(url).text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def in_job_process(metrics: WorkerMetrics, work: Callable[[], None]) -> int:
    """Run in a forked process as Celery does; its pid."""

    def enter() -> None:
        metrics.enter_job_process()
        work()

    process = get_context("fork").Process(target=enter)
    process.start()
    process.join(10)
    return process.pid or 0


def eventually_told(url: str, name: str, value: float) -> None:
    deadline = time.monotonic() + 5
    while told(url).get(name) != value:
        assert time.monotonic() < deadline, told(url)
        time.sleep(0.02)


def test_what_a_job_process_did_is_still_told_when_it_is_gone(metrics: WorkerMetrics, url: str) -> None:
    def work() -> None:
        metrics.started("train", 1.5)
        metrics.ended("train", "succeeded", 7.0)

    for _ in range(2):
        in_job_process(metrics, work)
    eventually_told(url, 'bellwether_jobs_ended_total{kind="train",outcome="succeeded"}', 2)
    numbers = told(url)
    assert numbers['bellwether_jobs_running{kind="train"}'] == 0
    assert numbers['bellwether_job_duration_seconds_sum{kind="train"}'] == 14
    assert numbers['bellwether_job_wait_seconds_sum{kind="train"}'] == 3


def test_a_job_whose_process_died_runs_no_more_once_the_next_one_is_there(metrics: WorkerMetrics, url: str) -> None:
    def die() -> None:
        metrics.started("train", None)
        os._exit(9)

    in_job_process(metrics, die)
    eventually_told(url, 'bellwether_jobs_running{kind="train"}', 1)
    in_job_process(metrics, lambda: None)
    deadline = time.monotonic() + 5
    while 'bellwether_jobs_running{kind="train"}' in told(url):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert 'bellwether_job_wait_seconds_sum{kind="train"}' not in told(url)


def test_a_job_process_keeps_no_port_taken(metrics: WorkerMetrics, url: str) -> None:
    """Were its copy of the socket open, a killed worker's port would stay taken while an orphan works on."""
    port = httpx.URL(url).port

    def held() -> bool:
        return port in {one.laddr.port for one in psutil.Process().net_connections(kind="tcp")}

    assert held()
    in_job_process(metrics, lambda: metrics.ended("train", "held" if held() else "free", 0))
    eventually_told(url, 'bellwether_jobs_ended_total{kind="train",outcome="free"}', 1)


def test_a_full_pipe_stops_no_job(metrics: WorkerMetrics) -> None:
    begun = time.monotonic()
    for _ in range(3000):  # nobody reads: it is not served
        metrics.ended("train", "succeeded", 1.0)
    assert time.monotonic() - begun < 5
