"""Scrapes every target and says what each did since the last time."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import httpx

from bellwether_contracts.events import MetricsSampledV1
from metrics_publisher import intervals, scrape
from metrics_publisher.published import SAMPLE_NAMES
from metrics_publisher.scrape import Scrape, ScrapeError
from metrics_publisher.settings import PublisherSettings


class Sampler:
    """Keeps the last scrape of each target."""

    def __init__(self, settings: PublisherSettings) -> None:
        self._targets = settings.targets()
        self._seconds = settings.scrape_seconds
        self._before: dict[str, Scrape] = {}
        self._client = httpx.Client(timeout=settings.scrape_timeout_seconds, trust_env=False)
        self._pool = ThreadPoolExecutor(max_workers=min(8, len(self._targets)), thread_name_prefix="scrape")

    def sample(self) -> Iterator[MetricsSampledV1]:
        """One round: a sample per target; of one that can't be reached, that."""
        outcomes = self._pool.map(self._scrape, self._targets.items())
        for name, outcome in zip(self._targets, outcomes, strict=True):
            at = datetime.now(UTC)
            if isinstance(outcome, ScrapeError):
                yield self._down(name, at, str(outcome))
            else:
                yield self._up(name, at, outcome)

    def close(self) -> None:
        """Let go of threads and connections."""
        self._pool.shutdown()
        self._client.close()

    def _scrape(self, target: tuple[str, str]) -> Scrape | ScrapeError:
        try:
            return scrape.parse(scrape.fetch(self._client, target[1]), time.monotonic(), SAMPLE_NAMES)
        except ScrapeError as error:
            return error

    def _down(self, name: str, at: datetime, error: str) -> MetricsSampledV1:
        return MetricsSampledV1(
            event_id=uuid4(), at=at, service=name, up=False, error=error, interval_seconds=self._seconds
        )

    def _up(self, name: str, at: datetime, after: Scrape) -> MetricsSampledV1:
        """The first scrape has nothing to compare with: it says only that the service is up, and its levels."""
        before = self._before.get(name)
        self._before[name] = after
        return MetricsSampledV1(
            event_id=uuid4(),
            at=at,
            service=name,
            up=True,
            interval_seconds=after.at - before.at if before else self._seconds,
            rates=intervals.rates(before, after) if before else {},
            quantiles=intervals.quantiles(before, after) if before else {},
            gauges=intervals.gauges(before or after, after),
        )
