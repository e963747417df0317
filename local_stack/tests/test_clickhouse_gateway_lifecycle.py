"""The gateway's process: what survives its end, and why it refuses to start."""

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from local_stack.tests.gateway_process import GatewayProcess, ask_engine, command, free_port, running

CREATE = "CREATE TABLE events (id UInt64, source String) ENGINE = MergeTree ORDER BY id"


def insert(gateway: GatewayProcess, first: int, rows: int) -> None:
    body = "".join(f"{first + n}\tpredict\n" for n in range(rows))
    gateway.post(body, query="INSERT INTO events FORMAT TSV", database="bellwether").raise_for_status()


def prepare(gateway: GatewayProcess) -> None:
    gateway.post("CREATE DATABASE bellwether").raise_for_status()
    gateway.post(CREATE, database="bellwether").raise_for_status()


def test_acknowledged_inserts_survive_sigkill(tmp_path: Path) -> None:
    data = tmp_path / "data"
    acknowledged: list[int] = []

    def write_until_dead(gateway: GatewayProcess) -> None:
        while True:
            try:
                insert(gateway, len(acknowledged) * 10, 10)
            except httpx.TransportError:
                return
            acknowledged.append(10)

    with running(data) as gateway:
        prepare(gateway)
        writer = threading.Thread(target=write_until_dead, args=(gateway,))
        writer.start()
        while len(acknowledged) < 40:
            time.sleep(0.01)
        gateway.end(signal.SIGKILL)
        writer.join()

    with running(data) as gateway:
        answer = gateway.post(f"SELECT count() FROM events WHERE id < {sum(acknowledged)}", database="bellwether")
        assert int(answer.text) == sum(acknowledged)


def test_restart_keeps_the_data_and_the_engine_itself_agrees(tmp_path: Path) -> None:
    data = tmp_path / "data"
    sql = "SELECT source, count(), sum(id), avg(id) FROM bellwether.events GROUP BY source"
    with running(data) as gateway:
        prepare(gateway)
        insert(gateway, 0, 1000)
        before = gateway.post(sql).text

    with running(data) as gateway:
        assert gateway.post(sql).text == before

    assert ask_engine(data, sql) == before == "predict\t1000\t499500\t499.5\n"


def test_sigterm_ends_a_long_query_with_the_engines_error_and_closes_the_engine(tmp_path: Path) -> None:
    sql = "SELECT sleepEachRow(1) FROM numbers(100) SETTINGS max_block_size = 1, max_threads = 1"
    with running(tmp_path / "data") as gateway, ThreadPoolExecutor(1) as threads:
        asked = threads.submit(gateway.post, sql, wait_end_of_query="1")
        time.sleep(0.5)
        started = time.monotonic()
        code = gateway.end()
        elapsed = time.monotonic() - started

    assert code == -signal.SIGTERM
    assert asked.result().headers["x-clickhouse-exception-code"] == "394"
    assert elapsed < 30.0
    assert '"queries_stopped": true' in (tmp_path / "data.log").read_text()


def refusal(data: Path) -> str:
    done = subprocess.run(command(data, free_port()), capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    return next(line for line in done.stderr.splitlines() if "can't start" in line)


def test_directory_of_another_gateway_is_refused(tmp_path: Path) -> None:
    with running(tmp_path / "data") as gateway:
        assert f"in use by another process (pid {gateway.process.pid})" in refusal(tmp_path / "data")


def test_damaged_directory_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as gateway:
        prepare(gateway)
    (definition,) = (data / "engine").glob("store/*/*/events.sql")
    definition.write_text("garbage")

    assert "the engine can't open" in refusal(data)


def test_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    assert "can't be used" in refusal(tmp_path / "data")


@pytest.mark.parametrize(
    ("headers", "parameters", "status"),
    [
        ({}, {}, 401),
        ({"X-ClickHouse-User": "any", "X-ClickHouse-Key": "wrong"}, {}, 403),
        ({"Authorization": "Basic ?"}, {}, 403),
        ({"Authorization": "Basic YW55OnNlY3JldA=="}, {}, 200),  # any:secret
        ({"X-ClickHouse-Key": "secret"}, {}, 200),
        ({}, {"user": "any", "password": "secret"}, 200),
    ],
)
def test_password_is_asked_for_when_one_is_configured(
    guarded: GatewayProcess, headers: dict[str, str], parameters: dict[str, str], status: int
) -> None:
    assert guarded.post("SELECT 1", headers, **parameters).status_code == status
    assert httpx.get(f"{guarded.url}ping").status_code == 200


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    with running(tmp_path_factory.mktemp("guarded") / "data", CLICKHOUSE_GATEWAY_PASSWORD="secret") as gateway:
        yield gateway
