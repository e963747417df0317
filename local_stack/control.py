"""Commands for another terminal: stop, status, logs, clean-data."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from local_stack.layout import Layout
from local_stack.postgres import cluster_folders
from local_stack.report import last_lines, print_added, table
from local_stack.state import StackState, read_state

_STOP_SECONDS = 12.0


def running(layout: Layout) -> StackState | None:
    """The state of the stack that runs from this data directory, if one does."""
    state = read_state(layout.state_file)
    return state if state is not None and state.alive else None


def status(layout: Layout) -> int:
    """Print the table; exit code 3 when nothing runs."""
    state = running(layout)
    if state is None:
        print(f"Bellwether does not run from {layout.data}; start it with `make run`")
        return 3
    print(table(state))
    print(f"page: {state.page_url}   logs: {layout.logs}")
    return 0


def stop(layout: Layout) -> int:
    """Ask the supervisor to stop everything and wait until it has."""
    state = running(layout)
    if state is None:
        print(f"Bellwether does not run from {layout.data}")
        return 0
    begun = time.monotonic()
    os.kill(state.pid, signal.SIGTERM)
    if not _gone(state, _STOP_SECONDS):
        # The guardian ends whatever the supervisor has left.
        os.kill(state.pid, signal.SIGKILL)
        if not _gone(state, _STOP_SECONDS):
            print(f"the supervisor (process {state.pid}) does not end", file=sys.stderr)
            return 1
    print(f"stopped in {time.monotonic() - begun:.1f} s")
    return 0


def _gone(state: StackState, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not state.alive:
            return True
        time.sleep(0.1)
    return False


def logs(layout: Layout, service: str | None, *, lines: int, follow: bool) -> int:
    """Print the ends of the logs and, until Ctrl-C, what is added to them."""
    files = sorted(layout.logs.glob("*.log"))
    if service is not None:
        files = [file for file in files if file.stem == service]
    if not files:
        known = ", ".join(sorted(file.stem for file in layout.logs.glob("*.log"))) or "none yet"
        print(f"no log of {service or 'any service'} in {layout.logs}; there are: {known}", file=sys.stderr)
        return 1
    for file in files:
        print(f"==> {file}\n{last_lines(file, lines if service else 5)}", flush=True)
    with suppress(KeyboardInterrupt):
        _follow({file: file.stat().st_size for file in files if follow}, prefix=service is None)
    return 0


def _follow(positions: dict[Path, int], *, prefix: bool) -> None:
    while positions:
        for file, position in positions.items():
            positions[file] = print_added(file, position, _printer(f"{file.stem}: " if prefix else ""))
        time.sleep(0.3)


def _printer(heading: str) -> Callable[[str], None]:
    return lambda line: print(heading + line, flush=True)


def clean_data(layout: Layout, *, ask: bool) -> int:
    """Delete everything the stack has stored; refused while it runs."""
    if running(layout) is not None:
        print("Bellwether runs: stop it first with `make stop`", file=sys.stderr)
        return 1
    if not layout.data.exists():
        print(f"there is no data in {layout.data}")
        return 0
    folders = [layout.data, *cluster_folders(layout)]
    if ask and not _confirmed(folders):
        print("nothing was deleted")
        return 1
    delete_data(layout)
    print(f"deleted {', '.join(map(str, folders))}")
    return 0


def delete_data(layout: Layout) -> None:
    """Delete the data directory and what its cluster keeps elsewhere."""
    # The innermost first: the cluster's sockets may lie in its folder, and that in the data directory.
    for folder in reversed([layout.data, *cluster_folders(layout)]):
        shutil.rmtree(folder)


def _confirmed(folders: list[Path]) -> bool:
    print("This deletes all market data, models, forecasts and history in:")
    print("\n".join(f"  {folder}" for folder in folders))
    try:
        return input("Type yes to delete: ").strip().lower() == "yes"
    except EOFError:
        return False
