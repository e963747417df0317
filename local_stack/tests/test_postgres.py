import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from local_stack.control import clean_data, stop
from local_stack.layout import Layout
from local_stack.ports import choose_ports, free_base
from local_stack.postgres import Account, reachable, socket_dir
from local_stack.state import Phase, ServiceState, read_state


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    base = free_base(29000)
    layout = Layout(tmp_path / "data", choose_ports(str(base)))
    own = {"BELLWETHER_DATA_DIR": str(layout.data), "BELLWETHER_PORT_BASE": str(base)}
    command = [sys.executable, "-m", "local_stack", "run", "--only", "postgres"]
    with (tmp_path / "output.txt").open("wb") as output:
        process = subprocess.Popen(command, env={**os.environ, **own}, stdout=output, stderr=output)
    wait_up(layout, restarts=0)
    yield layout
    stop(layout)
    process.wait(15)
    clean_data(layout, ask=False)
    assert not socket_dir(layout).exists()


def postgres_row(layout: Layout) -> ServiceState | None:
    state = read_state(layout.state_file)
    return state.services["postgres"] if state is not None else None


def wait_up(layout: Layout, restarts: int) -> ServiceState:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        row = postgres_row(layout)
        if row is not None and row.state is Phase.UP and row.restarts == restarts:
            return row
        time.sleep(0.1)
    raise AssertionError(f"postgres is not up: {layout.log('postgres').read_text()}")


def connect(layout: Layout) -> "psycopg.Connection[tuple[int]]":
    return psycopg.connect(
        host=str(socket_dir(layout)),
        port=layout.ports["postgres"],
        user="bellwether",
        dbname="raw_db",
        autocommit=True,
    )


def test_a_killed_server_is_back_within_fifteen_seconds_with_every_committed_row(layout: Layout) -> None:
    idle = connect(layout)  # a session that outlives its postmaster would hold the shared memory
    with connect(layout) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
    row = postgres_row(layout)
    assert row is not None
    assert row.pid is not None
    os.kill(row.pid, signal.SIGKILL)
    begun = time.monotonic()
    wait_up(layout, restarts=1)
    assert time.monotonic() - begun < 15
    with connect(layout) as connection:
        found = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert found == (1000,)
    with suppress(psycopg.OperationalError):
        idle.close()


def test_an_account_reaches_only_what_lies_below_open_folders(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "closed").mkdir(mode=0o700)
    parents_open = all(parent.stat().st_mode & 0o001 for parent in tmp_path.parents)
    stranger = Account("stranger", 54321, 54321)
    owner = Account("owner", os.getuid(), os.getgid())
    assert not reachable(tmp_path / "closed" / "file", stranger)
    assert reachable(tmp_path / "closed" / "file", owner)
    tmp_path.chmod(0o755)
    assert reachable(tmp_path / "open" / "file", stranger) is parents_open
