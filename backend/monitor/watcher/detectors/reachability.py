"""Services that don't answer their scrapes."""

from typing import ClassVar

from backend.monitor.watcher.detectors.base import Detector
from backend.monitor.watcher.settings import Thresholds
from backend.monitor.watcher.verdicts import Verdict
from bellwether_contracts.events import MetricsSampledV1


class Reachability(Detector):
    """Failed scrapes in a row. One good scrape ends it."""

    kind: ClassVar = "service_unreachable"

    def __init__(self, limits: Thresholds) -> None:
        super().__init__(fire_after=limits.watch_missed_scrapes, clear_after=1)

    def judge(self, event: MetricsSampledV1) -> Verdict | None:
        """Judge a sample."""
        if event.up:
            return self._good(event.service)
        reason = event.error or "no reason given"
        return self._bad(event.service, "critical", f"{event.service} can't be reached: {reason}", {"error": reason})
