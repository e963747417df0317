"""What a person reads: the table of services, the ends of logs."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from local_stack.catalogue import Service
from local_stack.layout import Layout
from local_stack.postgres import socket_dir
from local_stack.process import tree_memory
from local_stack.state import ServiceState, StackState

_MEBIBYTE = 1024 * 1024


def address_of(service: Service, layout: Layout) -> str:
    """Where to reach a service, as a person would write it."""
    if service.name == "postgres":
        return f"{socket_dir(layout)} (port {layout.ports['postgres']})"
    if service.port is None:
        return "-"
    port = layout.ports[service.port]
    return f"127.0.0.1:{port}" if service.name in ("valkey", "kafka") else f"http://127.0.0.1:{port}"


def table(state: StackState, *, memory: bool = True) -> str:
    """One row per service; measuring memory takes a moment."""
    rows = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("service", "address", "state", "since", "restarts"):
        rows.add_column(heading, no_wrap=True)
    if memory:
        rows.add_column("memory", justify="right", no_wrap=True)
    total = 0
    for service in state.services.values():
        used = _memory_of(service, alive=state.alive) if memory else 0
        total += used
        rows.add_row(*_cells(service), *([_megabytes(used)] if memory else []))
    if memory:
        rows.add_row("total", "", "", "", "", _megabytes(total))
    console = Console(width=160)
    with console.capture() as captured:
        console.print(rows)
    return captured.get().rstrip()


def _cells(service: ServiceState) -> tuple[str, str, str, str, str]:
    words = f"{service.state}: {service.detail}" if service.detail and service.state != "up" else str(service.state)
    return service.name, service.address, words, _age(time.time() - service.since), str(service.restarts)


def _memory_of(service: ServiceState, *, alive: bool) -> int:
    return tree_memory(service.pid) if alive and service.pid else 0


def _megabytes(count: int) -> str:
    return f"{count / _MEBIBYTE:.0f} MiB" if count else "-"


def _age(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, indented."""
    if not log.exists():
        return "    (no log was written)"
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 64 * 1024))
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(f"    {line[:400]}" for line in lines[-count:])


def print_added(log: Path, position: int, say: Callable[[str], None]) -> int:
    """Say the whole lines added since `position`, return the new one; a log that was trimmed is read from its start."""
    if not log.exists():
        return 0
    with log.open("rb") as file:
        file.seek(position if log.stat().st_size >= position else 0)
        while (line := file.readline()).endswith(b"\n"):
            say(line.decode(errors="replace").rstrip())
        return file.tell() - len(line)


async def follow(log: Path, say: Callable[[str], None]) -> None:
    """Say each line that is added to a log from now on, without the supervisor's own headings."""
    position = print_added(log, 0, lambda _: None)
    while True:
        position = print_added(log, position, lambda line: None if line.startswith("----") else say(f"  {line}"))
        await asyncio.sleep(0.2)
