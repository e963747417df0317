"""Bands whose width changes all of a sudden."""

import math
from collections import defaultdict, deque
from datetime import date
from typing import ClassVar

from backend.monitor.watcher import robust
from backend.monitor.watcher.detectors.base import Detector
from backend.monitor.watcher.settings import Thresholds
from backend.monitor.watcher.verdicts import Verdict
from bellwether_contracts.events import PredictionMadeV1

COVERAGE = 80
RECENT_SESSIONS = 30
FEWEST_SESSIONS = 5
NO_WIDTH = 1e-9
"""Stands for a band that has collapsed: its logarithm must be a number."""


class BandWidth(Detector):
    """A band's width follows the market, from session to session by a little.

    Judged is the logarithm of the 80 % band's width relative to the price, beside its own of the sessions before, for
    each type of model and horizon.
    """

    kind: ClassVar = "band_width"
    parts: ClassVar = ("source", "model_type", "horizon")

    def __init__(self, limits: Thresholds) -> None:
        super().__init__(fire_after=1, clear_after=limits.watch_clear_forecasts)
        self._limits = limits
        self._widths: defaultdict[tuple[str, str, str, int], deque[tuple[date, float]]] = defaultdict(
            lambda: deque(maxlen=RECENT_SESSIONS)
        )

    def learn(self, ticker: str, source: str, model_type: str, horizon: int, session: date, width: float) -> None:
        """Note the width, relative to the price, of a session's last forecast; sessions come in order."""
        widths = self._widths[ticker, source, model_type, horizon]
        if widths and widths[-1][0] == session:
            widths.pop()
        if not widths or widths[-1][0] < session:
            widths.append((session, math.log(max(width, NO_WIDTH))))

    def judge(self, event: PredictionMadeV1) -> Verdict | None:
        """Judge a forecast's band; None while too few sessions are known."""
        band = next((band for band in event.bands if band.coverage == COVERAGE), None)
        if band is None:
            return None
        part = (event.source, event.model_type, event.horizon)
        width = (band.upper - band.lower) / event.last_close
        lately = [known for session, known in self._widths[event.ticker, *part] if session < event.last_session]
        self.learn(event.ticker, *part, event.last_session, width)
        if len(lately) < FEWEST_SESSIONS:
            return None
        centre, scale = robust.centre_and_scale(lately)
        change = math.log(max(width, NO_WIDTH)) - centre
        if abs(change) <= max(math.log(self._limits.watch_band_factor), self._limits.watch_band_z * scale):
            return self._good(event.ticker, part)
        return self._bad(
            event.ticker,
            "warning",
            f"{event.ticker}'s {COVERAGE} % band, {event.horizon} session(s) ahead, is {_times(change)} than lately.",
            {
                "source": event.source,
                "model_type": event.model_type,
                "horizon": event.horizon,
                "width": width,
                "usual_width": math.exp(centre),
                "factor": round(math.exp(change), 4),
                "threshold": self._limits.watch_band_factor,
                "model_id": event.model_id,
            },
        )


def _times(change: float) -> str:
    return f"{math.exp(abs(change)):.1f} times {'wider' if change > 0 else 'narrower'}"
