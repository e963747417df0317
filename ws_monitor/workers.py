"""Threads whose death is never silent."""

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)


class Worker:
    """Runs one role; says when it ended before it was told to."""

    def __init__(
        self,
        name: str,
        role: Callable[[threading.Event], None],
        stop: threading.Event,
        on_death: Callable[[], None],
    ) -> None:
        self.name = name
        self._role = role
        self._stop = stop
        self._on_death = on_death
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, timeout_seconds: float) -> None:
        """Wait for its end."""
        self._thread.join(timeout_seconds)

    def alive(self) -> bool:
        """Whether the role still runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._role(self._stop)
        except Exception:
            log.exception("worker_died", worker=self.name)
        else:
            if self._stop.is_set():
                return
            log.error("worker_ended", worker=self.name)
        if not self._stop.is_set():
            self._on_death()
