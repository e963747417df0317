"""Answers without a model, where a model has answered before."""

from typing import ClassVar

from backend.monitor.watcher.detectors.base import Detector
from backend.monitor.watcher.settings import Thresholds
from backend.monitor.watcher.verdicts import Verdict
from bellwether_contracts.events import PredictionMadeV1


class DegradedServing(Detector):
    """Degraded answers in a row. Where no model has ever answered they are no news."""

    kind: ClassVar = "degraded_serving"
    parts: ClassVar = ("source", "horizon")

    def __init__(self, limits: Thresholds) -> None:
        super().__init__(fire_after=limits.watch_degraded_answers, clear_after=limits.watch_clear_forecasts)
        self._modelled: set[tuple[str, str, int]] = set()

    def learn(self, ticker: str, source: str, horizon: int) -> None:
        """Note that a model has answered."""
        self._modelled.add((ticker, source, horizon))

    def judge(self, event: PredictionMadeV1) -> Verdict | None:
        """Judge an answer."""
        part = (event.source, event.horizon)
        if not event.degraded:
            self.learn(event.ticker, *part)
            return self._good(event.ticker, part)
        if (event.ticker, *part) not in self._modelled:
            return None
        return self._bad(
            event.ticker,
            "warning",
            f"{event.ticker} is answered without its model: {event.degraded_reason or 'no reason given'}",
            {"source": event.source, "horizon": event.horizon, "reason": event.degraded_reason},
        )
