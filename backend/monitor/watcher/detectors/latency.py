"""Services that take longer to forecast than they did lately."""

import math
from collections import defaultdict
from typing import ClassVar

from backend.monitor.watcher.detectors.base import Detector
from backend.monitor.watcher.detectors.levels import Level
from backend.monitor.watcher.settings import Thresholds
from backend.monitor.watcher.verdicts import Verdict
from bellwether_contracts.events import MetricsSampledV1

FEWEST_MINUTES = 10
SLOW_SAMPLES = 3
DEVIATIONS = 6.0


class Latency(Detector):
    """The p95 of a forecast's duration beside the service's own of lately, on the logarithm."""

    kind: ClassVar = "latency"

    def __init__(self, limits: Thresholds) -> None:
        super().__init__(fire_after=SLOW_SAMPLES, clear_after=limits.watch_clear_samples)
        self._limits = limits
        self._levels: defaultdict[str, Level] = defaultdict(Level)

    def learn(self, service: str, p95: float) -> None:
        """Note the p95, in seconds, of a minute of before this process."""
        self._levels[service].learn(math.log(p95))

    def judge(self, event: MetricsSampledV1) -> Verdict | None:
        """Judge a sample; None while it has too few forecasts, or too little is known of the service."""
        measured = event.quantiles.get("prediction_duration")
        forecasts = event.rates.get("predictions", 0.0) * event.interval_seconds
        if measured is None or not measured.p95 or round(forecasts) < self._limits.watch_requests_least:
            return None
        level = self._levels[event.service]
        level.add(event.at, math.log(measured.p95))
        if level.minutes < FEWEST_MINUTES:
            return None
        centre, scale = level.centre_and_scale()
        above = math.log(measured.p95) - centre
        slow = above > max(math.log(self._limits.watch_latency_factor), DEVIATIONS * scale)
        if not slow or measured.p95 <= self._limits.watch_latency_seconds:
            return self._good(event.service)
        return self._bad(
            event.service,
            "warning",
            f"One forecast in twenty takes {event.service} longer than {measured.p95 * 1000:.0f} ms, "
            f"{math.exp(above):.1f} times what is usual.",
            {
                "p95_seconds": measured.p95,
                "usual_seconds": math.exp(centre),
                "factor": round(math.exp(above), 2),
                "threshold": self._limits.watch_latency_factor,
            },
        )
