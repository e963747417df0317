"""Services that don't answer their scrapes."""

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from backend.monitor.watcher.detectors.base import Detector
from backend.monitor.watcher.settings import Thresholds
from backend.monitor.watcher.verdicts import Verdict
from backend.src.alerting.alert_book import Fact
from bellwether_contracts.events import MetricsSampledV1


class Reachability(Detector):
    """Failed scrapes in a row. One good scrape ends it; a service that has never answered may still be starting."""

    kind: ClassVar = "service_unreachable"

    def __init__(self, limits: Thresholds) -> None:
        super().__init__(fire_after=limits.watch_missed_scrapes, clear_after=1)
        self._starting_scrapes = limits.watch_starting_scrapes
        self._answered: set[str] = set()
        self._waited: Counter[str] = Counter()

    def resume(self, subject: str, evidence: Mapping[str, Fact]) -> None:
        """Go on with an alert that fires since before this process."""
        self._answered.add(subject)
        super().resume(subject, evidence)

    def judge(self, event: MetricsSampledV1) -> Verdict | None:
        """Judge a sample."""
        if event.up:
            self._answered.add(event.service)
            return self._good(event.service)
        if event.service not in self._answered:
            self._waited[event.service] += 1
            if self._waited[event.service] <= self._starting_scrapes:
                return None
        reason = event.error or "no reason given"
        return self._bad(event.service, "critical", f"{event.service} can't be reached: {reason}", {"error": reason})
