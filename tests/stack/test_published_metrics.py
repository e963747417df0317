"""No published number is always zero: each moves when what it measures happens.

All that is measured is made to happen at once, on the running stack and, where that would disturb it, on a ws_monitor
of this test's own; meanwhile everything is scraped as metrics_publisher does. A published name without a row in `MOVES`
fails its test.
"""

import asyncio
import math
import os
import random
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, delete, insert, update
from websockets.asyncio.client import connect
from websockets.typing import Origin

from backend.provision import provision_clickhouse
from backend.settings import Settings
from backend.src.data.orm import Model, OutboxEvent
from bellwether_contracts import topics
from bellwether_contracts.events import MetricsSampledV1, QuantileSample
from metrics_publisher.published import PUBLISHED
from metrics_publisher.sampler import Sampler
from metrics_publisher.settings import PublisherSettings
from tests.conftest import Stack, eventually, wait_for_job
from tests.stack.test_outcome import ingest
from ws_monitor.tests.examples import prediction
from ws_monitor.tests.servers import SOCKETS, Broker, Server, free_port

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]

SHARED = ("backend1", "celery_train", "ws_monitor")
SCRAPE_SECONDS = 0.4
MOVED_WITHIN_SECONDS = 120
FORECASTS = 10
DEGRADED = 3
REFUSED = 3
TRAININGS = 8
LARGE_EVENTS = 900


class Timeline:
    """What metrics_publisher would say of each service, scraped again and again by a thread of its own."""

    def __init__(self, targets: dict[str, str]) -> None:
        self.pids: dict[str, int] = {}
        self.acts: list[Future[None]] = []
        named = ",".join(f"{name}={url}/metrics" for name, url in targets.items())
        settings = PublisherSettings(kafka_bootstrap_servers="unused:1", scrape_targets=named)
        self._sampler = Sampler(settings)
        self._stop = threading.Event()
        self._samples: list[MetricsSampledV1] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def of(self, service: str) -> list[MetricsSampledV1]:
        return [sample for sample in list(self._samples) if sample.service == service and sample.up]

    def total(self, service: str, name: str) -> float:
        """What a rate adds up to."""
        return sum(sample.rates.get(name, 0.0) * sample.interval_seconds for sample in self.of(service))

    def levels(self, service: str, name: str) -> list[float]:
        return [sample.gauges[name] for sample in self.of(service) if name in sample.gauges]

    def quantiles(self, service: str, name: str) -> list[QuantileSample]:
        return [sample.quantiles[name] for sample in self.of(service) if name in sample.quantiles]

    def shows(self, moved: "Moved") -> bool:
        """Whether it moved; raises what kept an act from happening."""
        for act in self.acts:
            if act.done():
                act.result()
        return moved(self)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._sampler.close()

    def _run(self) -> None:
        while not self._stop.wait(SCRAPE_SECONDS):
            self._samples += [event for event in self._sampler.sample() if isinstance(event, MetricsSampledV1)]


Moved = Callable[[Timeline], bool]


def rate(service: str, name: str, at_least: float) -> Moved:
    return lambda seen: seen.total(service, name) >= at_least - 1e-6


def rose(service: str, name: str, by: float) -> Moved:
    """A level above what it was when the test began."""
    return lambda seen: (levels := seen.levels(service, name)) != [] and max(levels) - levels[0] >= by


def reached(service: str, name: str, level: float) -> Moved:
    return lambda seen: max(seen.levels(service, name), default=0) >= level


def observed(service: str, name: str) -> Moved:
    return lambda seen: any((each.p50 or 0) > 0 and (each.p99 or 0) > 0 for each in seen.quantiles(service, name))


def resident(seen: Timeline) -> bool:
    """As the system tells it of the process that the service runs in."""
    told = seen.levels("ws_monitor", "resident_bytes")
    held = psutil.Process(seen.pids["ws_monitor"]).memory_info().rss
    return told != [] and abs(told[-1] - held) < 0.2 * held


MOVES: dict[str, Moved] = {
    "requests": rate("backend1", "requests", FORECASTS + DEGRADED),
    "request_duration": observed("backend1", "request_duration"),
    "predictions": rate("backend1", "predictions", FORECASTS + DEGRADED),
    "prediction_duration": observed("backend1", "prediction_duration"),
    "degraded_predictions": rate("backend1", "degraded_predictions", DEGRADED),
    "degraded_share": reached("backend1", "degraded_share", 0.01),
    "errors": rate("backend1", "errors", REFUSED),
    "error_share": reached("backend1", "error_share", 0.01),
    "outbox_pending": rose("backend1", "outbox_pending", 1),
    "champions_loaded": rose("backend1", "champions_loaded", 1),
    "jobs": rose("backend1", "jobs", 3),
    "queue_depth": rose("backend1", "queue_depth", 1),
    "queue_oldest": reached("backend1", "queue_oldest", 0.2),
    "jobs_ended": rate("celery_train", "jobs_ended", 2),
    "jobs_failed": rate("celery_train", "jobs_failed", 1),
    "jobs_running": reached("celery_train", "jobs_running", 1),
    "job_duration": observed("celery_train", "job_duration"),
    "job_wait": observed("celery_train", "job_wait"),
    "ws_clients": rose("ws_monitor", "ws_clients", 1),
    "ws_frames": rate("ws_monitor", "ws_frames", FORECASTS),
    "ws_frames_dropped": rate("apart", "ws_frames_dropped", 1),
    "sink_rows": rate("ws_monitor", "sink_rows", FORECASTS),
    "sink_lag": reached("apart", "sink_lag", 1),
    "dead_letters": rate("apart", "dead_letters", 1),
    "cpu": rate("celery_train", "cpu", 0.1),
    "resident_bytes": resident,
}


def served(ticker: str, stack: Stack) -> httpx.Response:
    return httpx.post(f"{stack.url('backend1')}/api/predict/", json={"ticker": ticker}, timeout=15)


def forecasts_are_watched(stack: Stack, done: threading.Event) -> None:
    async def watch() -> None:
        url = stack.url("ws_monitor")
        async with connect(f"{url.replace('http', 'ws')}/ws/predictions", origin=Origin(url)):
            for _ in range(FORECASTS):
                answer = await asyncio.to_thread(served, "AAPL", stack)
                assert answer.is_success, answer.text
            await asyncio.to_thread(done.wait)

    asyncio.run(watch())


def a_ticker_comes_in_is_trained_and_served(api: httpx.Client, stack: Stack, done: threading.Event) -> None:
    """Naive stands in until the first model is trained, which is promoted; of so many trainings some must wait."""
    ticker = f"T{random.randrange(10**8)}"
    (lost,) = api.post("/api/run-etl", json={"tickers": [f"{ticker}X"], "source": "files"}).json()["jobs"]
    write_walk(Path(os.environ["FILES_DIR"], f"{ticker}.csv"))
    ingest(api, ticker)
    assert wait_for_job(api, lost["task_id"])["state"] == "failed"
    eventually(lambda: served(ticker, stack).is_success, 30, "the new ticker is served")
    for _ in range(DEGRADED):
        assert served(ticker, stack).json()["degraded"]
    wanted = [{"ticker": ticker, "model_type": "naive", "seed": seed} for seed in range(TRAININGS)]
    trainings = [api.post("/api/models/", json=body).json()["task_id"] for body in wanted]
    try:
        a_model_is_asked_whose_file_is_gone(wait_for_job(api, trainings[1], 110)["result"]["model_id"], ticker, stack)
        done.wait()
    finally:
        for task_id in trainings:
            api.delete(f"/api/jobs/{task_id}")


def a_model_is_asked_whose_file_is_gone(model_id: int, ticker: str, stack: Stack) -> None:
    """A server error of our own making, of a model that nobody is served."""
    engine = create_engine(os.environ["MODEL_META_DB_URL"])
    with engine.begin() as connection:
        connection.execute(update(Model).where(Model.id == model_id).values(artifact_sha256="0" * 64))
    engine.dispose()
    for _ in range(REFUSED):
        body = {"ticker": ticker, "model_id": model_id}
        answer = httpx.post(f"{stack.url('backend1')}/api/predict/", json=body, timeout=15)
        assert answer.status_code >= 500, answer.text


def write_walk(path: Path) -> None:
    """A random walk's bars."""
    first, close, lines = datetime(2019, 1, 2, tzinfo=UTC).date(), 100.0, ["Date,Open,High,Low,Close,Volume"]
    for day in (first + timedelta(days=n) for n in range(900)):
        if day.weekday() < 5:
            opened, close = close * math.exp(random.gauss(0, 0.004)), close * math.exp(random.gauss(0, 0.012))
            high = max(opened, close) * math.exp(abs(random.gauss(0, 0.005)))
            low = min(opened, close) * math.exp(-abs(random.gauss(0, 0.005)))
            lines.append(f"{day},{opened:.4f},{high:.4f},{low:.4f},{close:.4f},{random.randrange(10**6, 10**7)}")
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def an_event_waits_in_the_outbox(done: threading.Event) -> None:
    """Made later than now, so that the relay leaves it; it is taken back before it is due."""
    event = prediction()
    row = {
        "event_id": event.event_id,
        "topic": topics.PREDICTIONS.name,
        "key": event.key,
        "payload": event.model_dump_json(),
        "created_at": datetime.now(UTC) + timedelta(hours=1),
    }
    engine = create_engine(os.environ["MODEL_META_DB_URL"])
    try:
        with engine.begin() as connection:
            connection.execute(insert(OutboxEvent).values(row))
        done.wait()
    finally:
        with engine.begin() as connection:
            connection.execute(delete(OutboxEvent).where(OutboxEvent.event_id == event.event_id))
        engine.dispose()


class Apart:
    """A ws_monitor with a broker and a database of its own, easily overrun."""

    def __init__(self, folder: Path) -> None:
        self._broker = Broker(folder / "broker.log")
        self._settings = Settings(service_name="apart", clickhouse_url=SecretStr(_another_database()))
        port = free_port()
        command = [sys.executable, "-m", "uvicorn", "--factory", "ws_monitor.app:create_app", "--port", str(port)]
        env = {
            "KAFKA_BOOTSTRAP_SERVERS": self._broker.bootstrap,
            "CLICKHOUSE_URL": self._settings.clickhouse_url.get_secret_value(),
            "SINK_BATCH_ROWS": "50",
            "CLIENT_QUEUE_FRAMES": "16",
        }
        self._monitor = Server([*command, *SOCKETS], port, folder / "ws_monitor.log", env)
        self.url = f"http://127.0.0.1:{port}"

    def is_overrun(self, done: threading.Event) -> None:
        """A client is slow, a batch is large, a message is poison."""
        try:
            self._broker.start_with_topics()
            provision_clickhouse(self._settings)
            self._monitor.start()
            eventually(lambda: _answers(f"{self.url}/health/ready"), 60, "the other ws_monitor is ready")
            asyncio.run(self._stop_reading(done))
        finally:
            self._monitor.kill()
            self._broker.kill()

    async def _stop_reading(self, done: threading.Event) -> None:
        url = f"{self.url.replace('http', 'ws')}/ws/predictions"
        large = [prediction(request_id="x" * 16_000) for _ in range(LARGE_EVENTS)]
        async with connect(url, compression=None, max_queue=1, ping_interval=None, close_timeout=0.1):
            await asyncio.to_thread(self._broker.produce, (topics.ALERTS.name, b"poison"), *large)
            await asyncio.to_thread(done.wait)


def _another_database() -> str:
    return str(httpx.URL(os.environ["CLICKHOUSE_URL"]).copy_with(path=f"/apart_{random.randrange(10**8)}"))


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def timeline(stack: Stack, base_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Timeline]:
    """Everything happens from the first scrape on; it is undone when the last test has looked."""
    apart = Apart(tmp_path_factory.mktemp("apart"))
    seen = Timeline({name: stack.url(name) for name in SHARED} | {"apart": apart.url})
    done = threading.Event()
    with httpx.Client(base_url=base_url, timeout=30) as api, ThreadPoolExecutor(8) as acting:
        try:
            seen.pids = {name: stack.service(name)["pid"] for name in SHARED}
            eventually(lambda: all(seen.of(name) for name in SHARED), 30, "the running stack is scraped")
            seen.acts += [
                acting.submit(forecasts_are_watched, stack, done),
                acting.submit(a_ticker_comes_in_is_trained_and_served, api, stack, done),
                acting.submit(an_event_waits_in_the_outbox, done),
                acting.submit(apart.is_overrun, done),
            ]
            yield seen
        finally:
            done.set()
            seen.close()
    for act in seen.acts:
        act.result()


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_number_moves_when_what_it_measures_happens(timeline: Timeline, name: str) -> None:
    eventually(lambda: timeline.shows(MOVES[name]), MOVED_WITHIN_SECONDS, f"{name} moves")


def test_only_published_numbers_are_expected_to_move() -> None:
    assert MOVES.keys() == set(PUBLISHED)
