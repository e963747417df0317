"""The round: scrape, send, wait."""

import threading
import time

from bellwether_contracts.health import HealthServer
from metrics_publisher.outlet import Outlet
from metrics_publisher.sampler import Sampler
from metrics_publisher.settings import PublisherSettings

ROUNDS_BEFORE_STALE = 3
SERVE_SECONDS = 0.5


class Publisher:
    """Samples every target at a steady pace until told to stop."""

    def __init__(self, settings: PublisherSettings) -> None:
        self._pace = settings.scrape_seconds
        self._sampler = Sampler(settings)
        self._outlet = Outlet(settings.kafka_bootstrap_servers)
        self._rounds_at: float | None = None
        self._health = HealthServer(
            settings.metrics_publisher_host, settings.metrics_publisher_port, self.problems, self._outlet.registry
        )

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop, then send what is left."""
        self._health.start()
        due = time.monotonic()
        try:
            while not stop.is_set():
                for event in self._sampler.sample():
                    self._outlet.send(event)
                self._rounds_at = time.monotonic()
                due = max(due + self._pace, self._rounds_at)
                self._idle(due, stop)
        finally:
            self._outlet.close()
            self._sampler.close()
            self._health.close()

    def problems(self) -> dict[str, str]:
        """What keeps the publisher from its work, by part; empty when it is ready."""
        found: dict[str, str] = {}
        patience = ROUNDS_BEFORE_STALE * self._pace
        if self._rounds_at is None or time.monotonic() - self._rounds_at > patience:
            found["sampler"] = "no round of scrapes was finished lately"
        silent = self._outlet.silent_seconds()
        if silent is None or silent > patience:
            found["kafka"] = "has acknowledged nothing " + ("yet" if silent is None else f"for {silent:.0f} s")
        return found

    def _idle(self, due: float, stop: threading.Event) -> None:
        while (left := due - time.monotonic()) > 0 and not stop.is_set():
            self._outlet.serve(min(left, SERVE_SECONDS))
