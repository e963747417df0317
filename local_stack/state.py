"""The state file: what runs where, as the supervisor last wrote it; readers see a whole file or none."""

import json
import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

from local_stack.layout import write_private
from local_stack.process import is_same_process


class Phase(StrEnum):
    """Where a service is in its life."""

    WAITING = "waiting"
    STARTING = "starting"
    UP = "up"
    DONE = "done"
    RESTARTING = "restarting"
    CRASH_LOOPING = "crash-looping"
    STOPPED = "stopped"
    FAILED = "failed"
    LEFT_OUT = "left out"


@dataclass
class ServiceState:
    """One row of the table."""

    name: str
    address: str
    log: str
    state: Phase = Phase.WAITING
    pid: int | None = None
    create_time: float | None = None
    port: int | None = None
    restarts: int = 0
    since: float = field(default_factory=time.time)
    rss: int = 0
    detail: str = ""

    def enter(self, state: Phase, detail: str = "") -> None:
        """Move to another phase now."""
        self.state, self.detail, self.since = state, detail, time.time()


@dataclass
class StackState:
    """The supervisor and its services."""

    pid: int
    create_time: float
    guardian_pid: int
    data_dir: str
    page_url: str
    ports: dict[str, int]
    ready: bool = False
    services: dict[str, ServiceState] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Replace the file by this state."""
        write_private(path, json.dumps(asdict(self), indent=1))

    @property
    def alive(self) -> bool:
        """Whether the supervisor that wrote this still runs."""
        return is_same_process(self.pid, self.create_time)


def read_state(path: Path) -> StackState | None:
    """The last state written, or None when the stack has never run here."""
    if not path.exists():
        return None
    raw = json.loads(path.read_text())
    rows = raw.pop("services")
    state = StackState(**raw)
    state.services = {name: ServiceState(**{**row, "state": Phase(row["state"])}) for name, row in rows.items()}
    return state
