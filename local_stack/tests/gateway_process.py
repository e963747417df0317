"""A real gateway process on a free port, for the tests."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import clickhouse_connect
import httpx
from clickhouse_connect.driver import Client

START_TIMEOUT_S = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(data: Path, port: int, *arguments: str) -> list[str]:
    base = [sys.executable, "-m", "local_stack.clickhouse_gateway", "--data-dir", str(data), "--port", str(port)]
    return [*base, *arguments]


class GatewayProcess:
    def __init__(self, data: Path, *arguments: str, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self._log = (data.parent / f"{data.name}.log").open("ab")
        self.process = subprocess.Popen(
            command(data, self.port, *arguments), env={**os.environ, **environment}, stderr=self._log
        )

    def wait_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}ping", timeout=1).text == "Ok.\n":
                    return
            except httpx.TransportError:
                time.sleep(0.02)
        raise AssertionError(Path(self._log.name).read_text())

    def end(self, signal_number: int = signal.SIGTERM) -> int:
        self.process.send_signal(signal_number)
        code = self.process.wait(timeout=20)
        self._log.close()
        return code

    def post(self, content: str | bytes, headers: dict[str, str] | None = None, **parameters: str) -> httpx.Response:
        return httpx.post(self.url, params=parameters, content=content, headers=headers, timeout=60)

    def client(self, database: str = "default", **options: Any) -> Client:
        return clickhouse_connect.get_client(
            host="127.0.0.1", port=self.port, database=database, autogenerate_session_id=False, **options
        )


@contextmanager
def running(data: Path, *arguments: str, **environment: str) -> Iterator[GatewayProcess]:
    gateway = GatewayProcess(data, *arguments, **environment)
    try:
        gateway.wait_ready()
        yield gateway
    finally:
        if gateway.process.poll() is None:
            gateway.end()


def ask_engine(data: Path, sql: str) -> str:
    """Ask the engine itself, without the gateway, about a directory that no gateway holds."""
    script = "import sys, chdb; print(chdb.connect(sys.argv[1]).query(sys.argv[2], 'TSV').bytes().decode(), end='')"
    return subprocess.run(
        [sys.executable, "-c", script, str(data / "engine"), sql], check=True, capture_output=True, text=True
    ).stdout
