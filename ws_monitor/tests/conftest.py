"""Real servers as fixtures. What takes seconds to start is shared: tests use tickers, ids or databases of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ws_monitor.tests.servers import Broker, Database, Gateway, WsMonitor


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="session")
def gateway(shared_folder: Path) -> Iterator[Gateway]:
    """One ClickHouse for all; who stops it starts it again."""
    server = Gateway(shared_folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def shared(gateway: Gateway, shared_folder: Path) -> Iterator[WsMonitor]:
    """One ws_monitor with a broker and a database, for tests that leave them working."""
    broker = Broker(shared_folder / "broker.log")
    server = None
    try:
        broker.start_with_topics()
        server = WsMonitor(broker, gateway.new_database(), shared_folder, ALLOWED_ORIGINS=ALLOWED)
        server.start_ready()
        yield server
    finally:
        if server is not None:
            server.kill()
        broker.kill()


ALLOWED = "https://page.example, http://localhost:5173/"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker of the test's own, to be killed; it starts in a moment."""
    server = Broker(tmp_path / "broker.log")
    try:
        server.start_with_topics()
        yield server
    finally:
        server.kill()


@pytest.fixture
def database(gateway: Gateway) -> Database:
    """Empty tables of the test's own."""
    return gateway.new_database()


@pytest.fixture
def new_monitor(tmp_path: Path) -> Iterator[Callable[..., WsMonitor]]:
    """Makes ws_monitor processes; they end with the test."""
    made: list[WsMonitor] = []

    def make(broker: Broker, database: Database, **env: str) -> WsMonitor:
        made.append(WsMonitor(broker, database, tmp_path, **env))
        return made[-1]

    yield make
    for server in made:
        server.end()
