"""Prices that stand still while the sessions go on."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from backend.monitor.watcher.detectors.base import Detector
from backend.monitor.watcher.settings import Thresholds
from backend.monitor.watcher.verdicts import Verdict
from bellwether_contracts.events import PredictionMadeV1


@dataclass(slots=True)
class _Run:
    session: date = date.min
    close: float = 0.0
    unchanged: int = 0


class FrozenPrice(Detector):
    """A price that is exactly the last one for several sessions is stuck somewhere: each forecast starts from it."""

    kind: ClassVar = "frozen_price"
    parts: ClassVar = ("source",)

    def __init__(self, limits: Thresholds) -> None:
        super().__init__(fire_after=1, clear_after=1)
        self._limit = limits.watch_frozen_sessions
        self._runs: defaultdict[tuple[str, str], _Run] = defaultdict(_Run)

    def learn(self, ticker: str, source: str, session: date, close: float) -> None:
        """Note a session's close; sessions come in order, and one that was noted is not noted again."""
        run = self._runs[ticker, source]
        if session > run.session:
            run.unchanged = run.unchanged + 1 if close == run.close else 0
            run.session, run.close = session, close

    def judge(self, event: PredictionMadeV1) -> Verdict | None:
        """Judge the price that a forecast starts from."""
        self.learn(event.ticker, event.source, event.last_session, event.last_close)
        run = self._runs[event.ticker, event.source]
        if event.last_session != run.session:
            return None
        if run.unchanged < self._limit:
            return self._good(event.ticker, (event.source,))
        return self._bad(
            event.ticker,
            "warning",
            f"{event.ticker}'s close is {run.close:g} for {run.unchanged + 1} sessions in a row.",
            {"source": event.source, "close": run.close, "sessions": run.unchanged + 1, "threshold": self._limit},
        )
