"""Forecasts that move further than the ticker has moved lately."""

import math
from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import ClassVar

from backend.monitor.watcher import robust
from backend.monitor.watcher.detectors.base import Detector
from backend.monitor.watcher.settings import Thresholds
from backend.monitor.watcher.verdicts import Verdict
from bellwether_contracts.events import PredictionMadeV1


class ForecastMove(Detector):
    """A forecast is odd when its move is far outside the recent volatility, at the scale of its horizon.

    An honest forecast of a price moves by a fraction of the volatility: one beyond it is a fault of the model, of its
    features or of the price that it starts from.
    """

    kind: ClassVar = "forecast_move"
    parts: ClassVar = ("source", "model_type", "horizon")

    def __init__(self, limits: Thresholds) -> None:
        super().__init__(fire_after=1, clear_after=limits.watch_clear_forecasts)
        self._limits = limits
        self._closes: defaultdict[tuple[str, str], deque[tuple[date, float]]] = defaultdict(
            lambda: deque(maxlen=limits.watch_history_sessions + 1)
        )

    def learn(self, ticker: str, source: str, session: date, close: float) -> None:
        """Note a session's close; sessions come in order, and one that was noted is not noted again."""
        closes = self._closes[ticker, source]
        if not closes or closes[-1][0] < session:
            closes.append((session, close))

    def judge(self, event: PredictionMadeV1) -> Verdict | None:
        """Judge a forecast from the newest session; None while too few sessions are known."""
        self.learn(event.ticker, event.source, event.last_session, event.last_close)
        closes = self._closes[event.ticker, event.source]
        steps = list(_steps(closes))
        if closes[-1][0] != event.last_session or len(steps) < self._limits.watch_history_least:
            return None
        centre, scale = robust.centre_and_scale(steps)
        if scale == 0:
            return None
        move = math.log(event.predicted_close / event.last_close)
        z = (move - centre * event.horizon) / (scale * math.sqrt(event.horizon))
        part = (event.source, event.model_type, event.horizon)
        if abs(z) <= self._limits.watch_move_z:
            return self._good(event.ticker, part)
        return self._bad(
            event.ticker,
            "critical" if abs(z) > 2 * self._limits.watch_move_z else "warning",
            f"{event.ticker}'s forecast moves {math.expm1(move):+.1%} in {event.horizon} session(s), "
            f"{abs(z):.1f} times what it has moved lately.",
            {
                "source": event.source,
                "model_type": event.model_type,
                "horizon": event.horizon,
                "z": round(z, 2),
                "threshold": self._limits.watch_move_z,
                "last_close": event.last_close,
                "predicted_close": event.predicted_close,
                "volatility": scale,
                "model_id": event.model_id,
            },
        )


def _steps(closes: "deque[tuple[date, float]]") -> Iterator[float]:
    """Log returns as those of one session: over a span that nobody asked in, shared by its weekdays."""
    for (before, start), (after, end) in pairwise(closes):
        yield math.log(end / start) / math.sqrt(max(1, _weekdays(before, after)))


def _weekdays(before: date, after: date) -> int:
    """The weekdays after one day to another: near enough to sessions, and known without a calendar."""
    weeks, left = divmod((after - before).days, 7)
    return 5 * weeks + sum((before + timedelta(days=n)).weekday() < 5 for n in range(1, left + 1))
