"""Child processes: each in a session of its own, logged to a file, ended together with all its descendants."""

import ctypes
import os
import shutil
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LOG_LIMIT_BYTES = 20 * 1024 * 1024


def spawn(command: Sequence[str], env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a command in its own session; what it says is appended to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        file.write(f"---- {datetime.now(UTC):%Y-%m-%d %H:%M:%S} starts {Path(command[0]).name}\n".encode())
        file.flush()
        return subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )


def become_subreaper() -> None:
    """Adopt orphaned descendants instead of leaving them to init, so that none can escape."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(number: signal.Signals) -> None:
    """Have the kernel send this process a signal when its parent dies."""
    _prctl(_PR_SET_PDEATHSIG, number)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")


def descendants(pid: int) -> list[psutil.Process]:
    """Every process below `pid`, also those that left its session."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def adopted_children(known: Iterable[int]) -> list[psutil.Process]:
    """Children of this process that it did not start: orphans of services that died."""
    started = set(known)
    return [child for child in psutil.Process().children() if child.pid not in started]


def reap_and_kill(orphans: Iterable[psutil.Process]) -> None:
    """Kill adopted orphans with all below them, and collect those that are already dead."""
    for orphan in orphans:
        kill_all([*descendants(orphan.pid), orphan])
        reap(orphan.pid)


def reap(pid: int) -> None:
    """Collect a dead child's exit status if there is one to collect."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal the process group that `pid` leads; a group that is gone is no error."""
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def kill_all(processes: Iterable[psutil.Process]) -> None:
    """SIGKILL each process; psutil refuses a pid that has been reused."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def create_time(pid: int) -> float | None:
    """When the process started, or None when there is none: tells a process from a later one with its pid."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None


def is_same_process(pid: int, started: float) -> bool:
    """Whether `pid` is still the process that started at `started`."""
    actual = create_time(pid)
    return actual is not None and abs(actual - started) < 1.0


def tree_memory(pid: int) -> int:
    """Bytes of memory of a process and all below it, shared pages counted in part (PSS) where the system tells."""
    try:
        processes = [psutil.Process(pid), *descendants(pid)]
    except psutil.NoSuchProcess:
        return 0
    return sum(_memory(process) for process in processes)


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def tree_rss(pid: int) -> int:
    """Resident bytes of a process and all below it; cheaper than `tree_memory`, shared pages counted each time."""
    total = 0
    for process in (psutil.Process(pid), *descendants(pid)) if psutil.pid_exists(pid) else ():
        with suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total


def trim_log(log: Path, limit: int = _LOG_LIMIT_BYTES) -> None:
    """Keep one old generation of a log that has grown too long; its writers append, so truncating is safe."""
    if log.exists() and log.stat().st_size > limit:
        shutil.copyfile(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)


def sweep(marker: str) -> list[int]:
    """Kill every process whose environment holds `marker`; return their pids."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = [process for process in psutil.process_iter() if process.pid not in own and _is_marked(process, marker)]
    kill_all(found)
    psutil.wait_procs(found, timeout=5)
    return [process.pid for process in found]


def _is_marked(process: psutil.Process, marker: str) -> bool:
    try:
        environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    except OSError:
        return False
    return marker.encode() in environment.split(b"\0")
