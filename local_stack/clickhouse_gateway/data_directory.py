"""The data directory: what lies where, and the lock that lets one process own it."""

import fcntl
import os
from pathlib import Path
from typing import Self

from local_stack.clickhouse_gateway.errors import DataDirectoryError


class DataDirectory:
    """A data directory that this process owns until it closes it or ends."""

    def __init__(self, root: Path, lock: int) -> None:
        self._lock = lock
        self.engine = root / "engine"
        self.spool = root / "spool"
        self.config_file = root / "engine.xml"

    @classmethod
    def claim(cls, root: Path) -> Self:
        """Make the directory if it is missing, and lock it.

        Raises:
            DataDirectoryError: It can't be made or written, or another process owns it.
        """
        try:
            root = root.resolve()
            for folder in (root / "engine", root / "spool"):
                folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(root / "gateway.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataDirectoryError(f"the data directory {root} can't be used: {error}") from error
        _lock(lock, root)
        return cls(root, lock)

    def release(self) -> None:
        """Give the directory up."""
        os.close(self._lock)


def _lock(lock: int, root: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = os.read(lock, 32).decode().strip() or "unknown"
        os.close(lock)
        raise DataDirectoryError(f"the data directory {root} is in use by another process (pid {owner})") from error
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
