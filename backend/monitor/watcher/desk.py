"""The detectors together: an event in, what is wrong or well out."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from backend.monitor.watcher.detectors.band_width import BandWidth
from backend.monitor.watcher.detectors.degraded_serving import DegradedServing
from backend.monitor.watcher.detectors.error_rate import ErrorRate
from backend.monitor.watcher.detectors.forecast_move import ForecastMove
from backend.monitor.watcher.detectors.frozen_price import FrozenPrice
from backend.monitor.watcher.detectors.latency import Latency
from backend.monitor.watcher.detectors.missing_samples import MissingSamples
from backend.monitor.watcher.detectors.reachability import Reachability
from backend.monitor.watcher.history import History, Minute
from backend.monitor.watcher.settings import Thresholds
from backend.monitor.watcher.verdicts import Verdict
from backend.src.data.monitor_orm import Alert
from bellwether_contracts.events import MetricsSampledV1, PredictionMadeV1

LONGEST_NAME = 64


class Desk:
    """Judges what was served and how the services are; learns from everything that it is shown."""

    def __init__(self, limits: Thresholds) -> None:
        self._sessions = limits.watch_history_sessions + 1
        self.moves, self.frozen = ForecastMove(limits), FrozenPrice(limits)
        self.bands, self.degraded = BandWidth(limits), DegradedServing(limits)
        self.errors, self.latency = ErrorRate(limits), Latency(limits)
        self.reachability, self.missing = Reachability(limits), MissingSamples(limits)
        self._of_forecasts = (self.moves, self.frozen, self.bands, self.degraded)
        self._of_samples = (self.reachability, self.errors, self.latency)
        self._sampled_at: dict[str, datetime] = {}

    def resume(self, alerts: Iterable[Alert]) -> None:
        """Go on with the alerts that fire since before this process."""
        detectors = {each.kind: each for each in (*self._of_forecasts, *self._of_samples)}
        for alert in alerts:
            if (detector := detectors.get(alert.kind)) is not None:
                detector.resume(alert.subject, alert.evidence)

    def study(self, event: PredictionMadeV1, history: History) -> None:
        """Learn what there is to know of a series, before the first of its forecasts is judged."""
        ticker, source, session = event.ticker, event.source, event.last_session
        for day, close in history.closes(ticker, source, session, self._sessions):
            self.moves.learn(ticker, source, day, close)
            self.frozen.learn(ticker, source, day, close)
        for each in history.widths(ticker, source, session):
            self.bands.learn(ticker, source, each.model_type, each.horizon, each.session, each.width)
        for horizon in history.modelled(ticker, source):
            self.degraded.learn(ticker, source, horizon)

    def study_services(self, minutes: Iterable[Minute], heard: dict[str, datetime]) -> None:
        """Learn what the services did lately."""
        for minute in minutes:
            self.errors.learn(minute.service, minute.error_share)
            if minute.p95 is not None:
                self.latency.learn(minute.service, minute.p95)
        for service, at in heard.items():
            self.missing.learn(service, at)

    def judge_forecast(self, event: PredictionMadeV1) -> Iterator[Verdict]:
        """Judge a forecast that was served. What nobody was served is nobody's trouble."""
        if not event.shadow:
            yield from filter(None, (detector.judge(event) for detector in self._of_forecasts))

    def judge_sample(self, event: MetricsSampledV1) -> Iterator[Verdict]:
        """Judge a service's sample, unless a newer one was judged before."""
        if event.at <= self._sampled_at.get(event.service, datetime.min.replace(tzinfo=event.at.tzinfo)):
            return
        if len(event.service) > LONGEST_NAME or not event.service.isprintable():
            raise ValueError(f"no service is called {event.service[:LONGEST_NAME]!r}")
        self._sampled_at[event.service] = event.at
        self.missing.learn(event.service, event.at)
        yield from filter(None, (detector.judge(event) for detector in self._of_samples))

    def look(self, now: datetime) -> Iterator[Verdict]:
        """Judge what did not come."""
        return self.missing.look(now)
