"""The real process against a real broker and a real scraped service."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIServer

import httpx
import pytest
from confluent_kafka import Consumer, TopicPartition
from prometheus_client import CollectorRegistry, Counter, start_http_server

from bellwether_contracts import metric_names, topics
from bellwether_contracts.events import AnyEvent, MetricsSampledV1, from_kafka
from metrics_publisher.settings import PublisherSettings
from ws_monitor.tests.servers import Broker, eventually, free_port

PACE = 0.3


class Scraped:
    """A service with one counter that can be stopped and started."""

    def __init__(self) -> None:
        self.port = free_port()
        self.registry = CollectorRegistry()
        self.requests = Counter(metric_names.HTTP_REQUESTS, "r", ["method", "route", "status"], registry=self.registry)
        self._running: tuple[WSGIServer, Thread] | None = None

    def start(self) -> None:
        self._running = start_http_server(self.port, "127.0.0.1", self.registry)

    def stop(self) -> None:
        if self._running is not None:
            server, thread = self._running
            server.shutdown()
            server.server_close()
            thread.join()
            self._running = None


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    server = Broker(tmp_path / "broker.log")
    try:
        server.start()
        server.create_topics()
        yield server
    finally:
        server.kill()


@pytest.fixture
def service() -> Iterator[Scraped]:
    scraped = Scraped()
    scraped.start()
    yield scraped
    scraped.stop()


@pytest.fixture
def publisher(broker: Broker, service: Scraped, tmp_path: Path) -> Iterator[str]:
    """The process; its health server's URL."""
    port = free_port()
    env = {
        "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap,
        "SCRAPE_TARGETS": f"backend1=http://127.0.0.1:{service.port}/metrics",
        "SCRAPE_SECONDS": str(PACE),
        "METRICS_PUBLISHER_PORT": str(port),
    }
    with (tmp_path / "publisher.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "metrics_publisher"], env=os.environ | env, stderr=log)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    assert process.wait(10) == 0


class Reader:
    """Reads a one-process view of a topic from its beginning."""

    def __init__(self, broker: Broker, topic: topics.Topic) -> None:
        self._consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "unused", "log_level": 2})
        self._consumer.assign([TopicPartition(topic.name, number, 0) for number in range(topic.partitions)])
        self.events: list[AnyEvent] = []

    def read(self) -> list[AnyEvent]:
        self.events += [from_kafka(m.value() or b"") for m in self._consumer.consume(100, 0.2) if not m.error()]
        return self.events

    def close(self) -> None:
        self._consumer.close()


@pytest.fixture
def read(broker: Broker) -> Iterator[Callable[[topics.Topic], Reader]]:
    readers: list[Reader] = []

    def open_reader(topic: topics.Topic) -> Reader:
        readers.append(Reader(broker, topic))
        return readers[-1]

    yield open_reader
    for reader in readers:
        reader.close()


def test_published_rates_add_up_to_what_happened(
    publisher: str, service: Scraped, read: Callable[[topics.Topic], Reader]
) -> None:
    samples = read(topics.METRICS)
    eventually(lambda: len(samples.read()) >= 2)
    for _ in range(20):
        service.requests.labels("GET", "/a", "200").inc(5)
        service.requests.labels("GET", "/a", "500").inc()
        time.sleep(0.05)
    seen = len(samples.read())
    eventually(lambda: len(samples.read()) >= seen + 3)
    sampled = [event for event in samples.events if isinstance(event, MetricsSampledV1)]
    assert all(event.up and event.service == "backend1" for event in sampled)
    # The series' first scrape counts from 0: it came to be in that interval.
    assert sum(event.rates.get("requests", 0) * event.interval_seconds for event in sampled) == pytest.approx(120)
    assert sum(event.rates.get("errors", 0) * event.interval_seconds for event in sampled) == pytest.approx(20)
    assert httpx.get(f"{publisher}/health/ready").status_code == 200


@pytest.mark.usefixtures("publisher")
def test_a_service_that_can_not_be_reached_is_told_in_every_round(
    service: Scraped, read: Callable[[topics.Topic], Reader]
) -> None:
    samples, alerts = read(topics.METRICS), read(topics.ALERTS)

    def told() -> list[bool]:
        samples.read()
        return [event.up for event in samples.events if isinstance(event, MetricsSampledV1)]

    eventually(told)
    service.stop()
    eventually(lambda: told()[-3:] == [False, False, False])
    down = [event for event in samples.events if isinstance(event, MetricsSampledV1) and not event.up]
    assert all(event.error and not event.rates for event in down)
    assert "refused" in str(down[-1].error)
    service.start()
    eventually(lambda: told()[-1])
    assert alerts.read() == []  # what it means is for the watcher to say


def test_without_kafka_it_says_so_and_goes_on_when_kafka_is_back(
    publisher: str, broker: Broker, read: Callable[[topics.Topic], Reader]
) -> None:
    def status() -> int:
        return httpx.get(f"{publisher}/health/ready").status_code

    eventually(lambda: status() == 200)
    broker.kill()
    eventually(lambda: status() == 503)
    assert "kafka" in httpx.get(f"{publisher}/health/ready").json()["checks"]
    assert httpx.get(f"{publisher}/health/live").status_code == 200
    broker.start()
    broker.create_topics()
    eventually(lambda: status() == 200)
    samples = read(topics.METRICS)
    eventually(samples.read)
    assert "bellwether_samples_published_total" in httpx.get(f"{publisher}/metrics").text


@pytest.mark.parametrize("targets", ["backend1", "=http://a/metrics", "a=ftp://b", "a=http://b,a=http://c"])
def test_targets_that_make_no_sense_are_refused(targets: str) -> None:
    with pytest.raises(ValueError, match=r"SCRAPE_TARGETS|scheme"):
        PublisherSettings(kafka_bootstrap_servers="k:1", scrape_targets=targets).targets()
