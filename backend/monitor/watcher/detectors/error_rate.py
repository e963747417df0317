"""Services that fail more often than they did lately."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from backend.monitor.watcher import robust
from backend.monitor.watcher.detectors.base import Detector
from backend.monitor.watcher.detectors.levels import Level
from backend.monitor.watcher.settings import Thresholds
from backend.monitor.watcher.verdicts import Verdict
from bellwether_contracts.events import MetricsSampledV1

CHANCE = 1e-4
"""Fewer than one in so many windows has that many errors by chance."""

USUAL_LEAST = 0.01
"""A service that never fails may begin to fail as often as this before it counts."""

BAD_WINDOWS = 2


@dataclass(slots=True)
class _Window:
    """Samples that are judged together, because one alone has too few requests."""

    errors: float = 0.0
    requests: float = 0.0
    level: Level = field(default_factory=Level)


class ErrorRate(Detector):
    """The share of server errors beside the service's own of lately, by the binomial tail."""

    kind: ClassVar = "error_rate"

    def __init__(self, limits: Thresholds) -> None:
        super().__init__(fire_after=BAD_WINDOWS, clear_after=limits.watch_clear_samples)
        self._limits = limits
        self._windows: defaultdict[str, _Window] = defaultdict(_Window)

    def learn(self, service: str, share: float) -> None:
        """Note the share of errors in a minute of before this process."""
        self._windows[service].level.learn(share)

    def judge(self, event: MetricsSampledV1) -> Verdict | None:
        """Judge a sample, with those before it that had too few requests; None while there are too few."""
        requests = event.rates.get("requests", 0.0) * event.interval_seconds
        if not requests:
            return None
        window = self._windows[event.service]
        window.requests += requests
        window.errors += event.gauges.get("error_share", 0.0) * requests
        if round(window.requests) < self._limits.watch_requests_least:
            return None
        return self._judge_window(event.service, event.at, window)

    def _judge_window(self, service: str, at: datetime, window: _Window) -> Verdict | None:
        errors, requests = round(window.errors), round(window.requests)
        share = errors / requests
        usual = USUAL_LEAST
        if window.level.minutes:
            usual = max(usual, window.level.centre_and_scale()[0])
        window.level.add(at, share)
        window.errors = window.requests = 0.0
        bad = share > self._limits.watch_error_share and robust.binomial_tail(errors, requests, usual) < CHANCE
        if not bad:
            return self._good(service)
        return self._bad(
            service,
            "critical",
            f"{service} answers {share:.0%} of its requests with a server error.",
            {"share": round(share, 4), "usual": round(usual, 4), "errors": errors, "requests": requests},
        )
