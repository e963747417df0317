"""Services of which nothing is heard any more."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from backend.monitor.watcher.settings import Thresholds
from backend.monitor.watcher.verdicts import AllClear, Verdict
from backend.src.alerting.alert_book import Trouble

PUBLISHER = "metrics_publisher"
"""Who is missing when nothing is heard of anybody."""


class MissingSamples:
    """Samples that stop coming: of one service, or of all, which is one trouble and not many."""

    kind: ClassVar = "sample_missing"

    def __init__(self, limits: Thresholds) -> None:
        self._silence = timedelta(seconds=limits.watch_silence_seconds)
        self._forget = timedelta(seconds=limits.watch_forget_seconds)
        self._heard: dict[str, datetime] = {}

    def learn(self, service: str, at: datetime) -> None:
        """Note that a sample of the service came."""
        self._heard[service] = max(at, self._heard.get(service, at))

    def look(self, now: datetime) -> Iterator[Verdict]:
        """Judge the silence of every service that is known."""
        if not self._heard:
            return
        silences = {service: now - at for service, at in self._heard.items()}
        nobody = min(silences.values()) > self._silence
        yield self._verdict(PUBLISHER, min(silences.values()), nobody)
        for service, silence in silences.items():
            if silence > self._forget:
                del self._heard[service]
            if not nobody:
                yield self._verdict(service, silence, self._silence < silence <= self._forget)

    def _verdict(self, service: str, silence: timedelta, missing: bool) -> Verdict:
        if not missing:
            return AllClear(self.kind, service)
        seconds = round(silence.total_seconds())
        return Trouble(
            self.kind, service, "critical", f"No sample of {service} came for {seconds} s.", {"silent_seconds": seconds}
        )
