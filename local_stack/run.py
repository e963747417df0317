"""`make run`: takes the lock, ends what an earlier run left behind, hands over to guardian and supervisor."""

import fcntl
import os
import sys
from pathlib import Path

from local_stack.guardian import guarded
from local_stack.layout import Layout
from local_stack.process import sweep


def run(layout: Layout, *, only: str | None, with_main_job: bool) -> int:
    """Run the stack in the foreground; a second run beside it prints the table instead."""
    layout.data.mkdir(parents=True, exist_ok=True)
    lock = _take_lock(layout.lock_file)
    if lock is None:
        return _already_running(layout)
    _sweep_leftovers(layout)
    return guarded(lambda: _supervise(layout, only=only, with_main_job=with_main_job))


def _take_lock(path: Path) -> int | None:
    """A locked descriptor, shared by guardian and supervisor: it is free only when both are gone."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _already_running(layout: Layout) -> int:
    from local_stack.control import status

    print(f"Bellwether already runs from {layout.data}:")
    return status(layout)


def _sweep_leftovers(layout: Layout) -> None:
    """Both guardian and supervisor of an earlier run were killed at once: its services may live on."""
    killed = sweep(f"BELLWETHER_SUPERVISED={layout.data}")
    if killed:
        print(f"ended {len(killed)} processes that an earlier run had left behind", file=sys.stderr)


def _supervise(layout: Layout, *, only: str | None, with_main_job: bool) -> int:
    from local_stack.catalogue import select
    from local_stack.supervisor import run_supervisor

    return run_supervisor(layout, select(only), with_main_job=with_main_job)
