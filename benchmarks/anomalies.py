"""Do the alarms mean something? `python benchmarks/anomalies.py [--seeds 3]`.

Two simulated years of healthy traffic go through the detectors of the watcher and of the review: tickers with
heavy-tailed GARCH returns whose prices have ticks, several forecasts a session with bands of honest coverage, two
backends that are sampled all day with a daily load, noise, rare errors and restarts. Fewer than one false alarm per
ticker and month may be raised; the services' count with them. Then each of the planted faults must be found within
three of the events that show it. Needs no server; exits with 1 when a promise is broken.
"""

import argparse
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import numpy as np

from backend.monitor.freshness import Freshness
from backend.monitor.outcomes import KIND as BREACH
from backend.monitor.outcomes import Outcome, newest_breach
from backend.monitor.series_watch import GAP, STALE, gap, stale
from backend.monitor.watcher.desk import Desk
from backend.monitor.watcher.settings import Thresholds
from backend.monitor.watcher.verdicts import AllClear, Verdict
from backend.settings import OutcomeSettings, SeriesSettings
from backend.src.alerting.alert_book import Trouble
from backend.src.data import calendars
from bellwether_contracts.events import Band, MetricsSampledV1, PredictionMadeV1, QuantileSample

SESSIONS = 504
MONTH = 21
TICKERS = 8
BEFORE = 60
FORECASTS_A_SESSION = 4
SAMPLE_SECONDS = 5.0
SAMPLED_EVERY_MINUTES = 60
"""The day's samples, thinned: this often, a minute of them. Of that minute the detectors see what they see live."""

MOST_FALSE = 1.0
MOST_EVENTS = 3
EXCHANGE = "XNYS"
SERVICES = ("backend1", "backend2")
FIRST = date(2021, 1, 4)
NOBODY = UUID(int=0)
QUANTILES = {50: 0.6745, 80: 1.2816, 95: 1.96}


@dataclass(frozen=True)
class Market:
    """A ticker's sessions, closes and what an honest forecaster says of the next one."""

    ticker: str
    sessions: list[date]
    closes: list[float]
    predicted: list[float]
    half_widths: list[dict[int, float]]
    """By coverage, on the logarithm."""


def simulate(seed: int, number: int, sessions: list[date]) -> Market:
    """GARCH(1,1) returns with Student's t innovations of 4 degrees of freedom; the price moves in cents.

    The forecaster knows the volatility of the past, not of the next session's surprise, and a tenth of a standard
    deviation of signal, half of which is noise. Its bands are the quantiles of the same t distribution.
    """
    rng = np.random.default_rng([seed, number])
    alpha, beta = 0.08, 0.90
    usual = rng.uniform(0.010, 0.030) ** 2
    innovations = rng.standard_t(4, len(sessions) + 1) / math.sqrt(2)
    quantiles = {level: _t4_quantile(0.5 + level / 200) / math.sqrt(2) for level in QUANTILES}
    closes, predicted, widths = [float(rng.uniform(15, 400))], [], []
    variance = usual
    for now in range(len(sessions)):
        sd = math.sqrt(variance)
        signal = 0.07 * sd * rng.standard_normal()
        predicted.append(closes[-1] * math.exp(signal + 0.07 * sd * rng.standard_normal()))
        widths.append({level: q * sd * math.exp(rng.normal(0, 0.03)) for level, q in quantiles.items()})
        change = signal + sd * innovations[now]
        closes.append(max(0.01, round(closes[-1] * math.exp(change), 2)))
        variance = usual * (1 - alpha - beta) + alpha * min(change**2, 100 * usual) + beta * variance
    return Market(f"T{number}", sessions, closes[:-1], predicted, widths)


def _t4_quantile(p: float) -> float:
    """Student's t with 4 degrees of freedom, in closed form (Shaw 2006)."""
    a = 4 * p * (1 - p)
    q = math.cos(math.acos(math.sqrt(a)) / 3) / math.sqrt(a)
    return math.copysign(2 * math.sqrt(q - 1), p - 0.5)


def forecast(market: Market, now: int, at: datetime, horizon: int = 1) -> PredictionMadeV1:
    """What is served from a session for the next one, or further ahead at the same volatility."""
    close = market.closes[now]
    middle = close * math.exp(math.log(market.predicted[now] / close) * math.sqrt(horizon))
    bands = [
        Band(coverage=level, lower=middle * math.exp(-half), upper=middle * math.exp(half))
        for level, width in market.half_widths[now].items()
        for half in [width * math.sqrt(horizon)]
    ]
    return PredictionMadeV1(
        event_id=NOBODY, at=at, ticker=market.ticker, exchange=EXCHANGE, source="yahoo",
        last_session=market.sessions[now], target_session=market.sessions[now] + timedelta(days=horizon),
        horizon=horizon, last_close=close, predicted_close=middle, naive_close=close, bands=bands, model_id=1,
        model_version=1, model_type="ridge", served_by="backend1", request_id="benchmark",
    )  # fmt: skip


def sample(rng: np.random.Generator, service: str, at: datetime, load: float) -> MetricsSampledV1:
    """A healthy sample: Poisson requests, 0.1 % errors, a p95 that grows with the load and is read from buckets."""
    requests = int(rng.poisson(load * SAMPLE_SECONDS))
    forecasts = int(rng.binomial(requests, 0.7))
    errors = int(rng.binomial(requests, 0.001))
    p95 = 0.004 * (1 + load / 20) * math.exp(rng.normal(0, 0.2))
    quantiles = {"prediction_duration": QuantileSample(p50=p95 / 3, p95=p95, p99=2 * p95)} if forecasts else {}
    return MetricsSampledV1(
        event_id=NOBODY, at=at, service=service, up=True, interval_seconds=SAMPLE_SECONDS,
        rates={"requests": requests / SAMPLE_SECONDS, "predictions": forecasts / SAMPLE_SECONDS},
        gauges={"error_share": errors / requests} if requests else {}, quantiles=quantiles,
    )  # fmt: skip


def day_of_samples(rng: np.random.Generator, session: date) -> Iterator[MetricsSampledV1]:
    """Both backends' samples of a day: quiet nights, busy afternoons, pauses of the machine, now and then a restart."""
    midnight = datetime(session.year, session.month, session.day, tzinfo=UTC)
    restarts = rng.random() < 0.05
    for minute in range(0, 24 * 60, SAMPLED_EVERY_MINUTES):
        load = 10 + 8 * math.sin(2 * math.pi * (minute / 1440 - 0.35))
        pause = rng.random() < 0.01
        for n in range(12):
            at = midnight + timedelta(minutes=minute, seconds=n * SAMPLE_SECONDS)
            for service in SERVICES:
                event = sample(rng, service, at, load)
                if restarts and minute == 12 * 60 and service == "backend1" and n < 2:
                    event = event.model_copy(update={"up": False, "error": "refused", "rates": {}, "quantiles": {}})
                elif pause and n == 3:
                    event = slower(event, 8)
                yield event


def slower(event: MetricsSampledV1, factor: float) -> MetricsSampledV1:
    """The same sample with every forecast taking so many times as long."""
    slow = {
        name: QuantileSample(**{level: factor * value for level, value in each.model_dump().items()})
        for name, each in event.quantiles.items()
    }
    return event.model_copy(update={"quantiles": slow})


class Alarms:
    """Counts alarms as the alert book does: one from the first sighting until the all-clear."""

    def __init__(self) -> None:
        self.raised: Counter[str] = Counter()
        self._firing: set[tuple[str, str]] = set()

    def note(self, verdicts: Iterator[Verdict] | list[Verdict]) -> list[str]:
        """Note verdicts; the kinds that begin with them."""
        begun = []
        for verdict in verdicts:
            key = (verdict.kind, verdict.subject)
            if isinstance(verdict, AllClear):
                self._firing.discard(key)
            elif key not in self._firing:
                self._firing.add(key)
                self.raised[verdict.kind] += 1
                begun.append(verdict.kind)
        return begun


def outcome(market: Market, now: int, actual: float | None = None) -> Outcome:
    """What came of the forecast for a session."""
    middle, half = market.predicted[now - 1], market.half_widths[now - 1][95]
    actual = market.closes[now] if actual is None else actual
    return Outcome(market.sessions[now], actual, middle * math.exp(-half), middle * math.exp(half), 1)


def review(market: Market, outcomes: list[Outcome], limits: OutcomeSettings) -> list[Verdict]:
    """What the review of the newest outcome says."""
    breach = newest_breach(outcomes[-2 * limits.outcome_window - limits.outcome_clear :], limits)
    if breach is None:
        return [AllClear(BREACH, market.ticker)]
    return [Trouble(BREACH, market.ticker, breach.severity, "")]


def healthy(seed: int, tickers: int) -> Alarms:
    """Two years in which nothing is wrong."""
    days = calendars.sessions_after(EXCHANGE, FIRST, SESSIONS + BEFORE)
    markets = [simulate(seed, number, days) for number in range(tickers)]
    rng = np.random.default_rng([seed, 10_000])
    alarms, desk, limits = Alarms(), _studied(markets), OutcomeSettings()
    for now in range(BEFORE, len(days)):
        for event in day_of_samples(rng, days[now]):
            alarms.note(desk.judge_sample(event))
            if event.service == SERVICES[-1]:  # the round is over
                alarms.note(list(desk.look(event.at + timedelta(seconds=1))))
        for market in markets:
            alarms.note(review(market, [outcome(market, n) for n in range(max(1, now - 60), now + 1)], limits))
            for made in _served(market, now):
                alarms.note(desk.judge_forecast(made))
    return alarms


def _studied(markets: list[Market]) -> Desk:
    """A desk that knows the sessions before the first that is judged, as it does after a start."""
    desk = Desk(Thresholds())
    for market in markets:
        for n in range(BEFORE):
            desk.moves.learn(market.ticker, "yahoo", market.sessions[n], market.closes[n])
            desk.frozen.learn(market.ticker, "yahoo", market.sessions[n], market.closes[n])
    return desk


def _served(market: Market, now: int) -> Iterator[PredictionMadeV1]:
    day = market.sessions[now]
    for n in range(FORECASTS_A_SESSION):
        at = datetime(day.year, day.month, day.day, 21, n, tzinfo=UTC)
        yield forecast(market, now, at, horizon=(1, 1, 5, 20)[n % 4])


@dataclass(frozen=True)
class Fault:
    """Something that breaks, and the kind of alarm that must tell of it."""

    name: str
    kind: str
    events: Callable[["World"], Iterator[list[Verdict]]]
    """The verdicts of each event that shows it, one after the other."""


class World:
    """A healthy month of one ticker and one backend, at whose end something breaks."""

    def __init__(self, seed: int) -> None:
        days = calendars.sessions_after(EXCHANGE, FIRST, BEFORE + 40)
        self.now = BEFORE + 30
        self.market = simulate(seed, 0, days)
        self.desk = _studied([self.market])
        self.rng = np.random.default_rng([seed, 20_000])
        self.at = datetime(2021, 6, 1, 15, tzinfo=UTC)
        for now in range(BEFORE, self.now):
            for event in _served(self.market, now):
                list(self.desk.judge_forecast(event))
        for _ in range(12 * 15):
            self.tick({})

    def tick(self, broken: dict[str, Callable[[MetricsSampledV1], MetricsSampledV1 | None]]) -> list[Verdict]:
        """Five seconds: both backends are sampled, those that are broken as they are; then a look at who is missing."""
        self.at += timedelta(seconds=SAMPLE_SECONDS)
        verdicts: list[Verdict] = []
        for service in SERVICES:
            event: MetricsSampledV1 | None = sample(self.rng, service, self.at, 12)
            if event is not None and service in broken:
                event = broken[service](event)
            verdicts += self.desk.judge_sample(event) if event is not None else []
        return [*verdicts, *self.desk.look(self.at + timedelta(seconds=3))]

    def served(self, change: Callable[[PredictionMadeV1], PredictionMadeV1]) -> Iterator[list[Verdict]]:
        """The next forecasts, changed."""
        for event in _served(self.market, self.now):
            yield list(self.desk.judge_forecast(change(event)))

    def sampled(self, change: Callable[[MetricsSampledV1], MetricsSampledV1 | None]) -> Iterator[list[Verdict]]:
        """The next samples, one of the two backends changed."""
        for _ in range(10):
            yield self.tick({"backend1": change})


def _frozen(world: World) -> Iterator[list[Verdict]]:
    """Each event is the first forecast of a new session whose bar repeats the last close."""
    stuck = world.market.closes[world.now - 1]
    market = replace(world.market, closes=[stuck] * len(world.market.closes))
    for now in range(world.now, world.now + 8):
        yield list(world.desk.judge_forecast(next(_served(market, now))))


def _scaled(event: PredictionMadeV1) -> PredictionMadeV1:
    bands = [Band(coverage=b.coverage, lower=1.1 * b.lower, upper=1.1 * b.upper) for b in event.bands]
    return event.model_copy(update={"predicted_close": 1.1 * event.predicted_close, "bands": bands})


def _widened(factor: float) -> Callable[[PredictionMadeV1], PredictionMadeV1]:
    def change(event: PredictionMadeV1) -> PredictionMadeV1:
        middle = event.predicted_close
        lower, upper = ([middle + factor * (edge - middle) for edge in edges] for edges in _edges(event))
        bands = [
            Band(coverage=band.coverage, lower=low, upper=high)
            for band, low, high in zip(event.bands, lower, upper, strict=True)
        ]
        return event.model_copy(update={"bands": bands})

    return change


def _edges(event: PredictionMadeV1) -> tuple[list[float], list[float]]:
    return [band.lower for band in event.bands], [band.upper for band in event.bands]


def _failing(event: MetricsSampledV1) -> MetricsSampledV1:
    return event.model_copy(update={"gauges": {"error_share": 0.3}})


def _gone(event: MetricsSampledV1) -> MetricsSampledV1:
    return event.model_copy(update={"up": False, "error": "refused", "rates": {}, "gauges": {}, "quantiles": {}})


def _without_model(event: PredictionMadeV1) -> PredictionMadeV1:
    return event.model_copy(update={"degraded": True, "degraded_reason": "its model can't be read", "horizon": 1})


def _freshness(world: World, missing: int) -> Freshness:
    days = world.market.sessions
    last, expected = days[world.now - missing], days[world.now]
    return Freshness(world.market.ticker, EXCHANGE, "yahoo", last, expected, missing, missing == 0)


def _behind(world: World) -> Iterator[list[Verdict]]:
    """One check a minute; the series lacks five sessions."""
    found = stale(_freshness(world, 5), SeriesSettings())
    yield [found] if found else []


def _holed(world: World) -> Iterator[list[Verdict]]:
    held = set(world.market.sessions[: world.now]) - set(world.market.sessions[world.now - 10 : world.now - 7])
    found = gap(_freshness(world, 0), held, SeriesSettings())
    yield [found] if found and found.evidence["sessions_missing"] == 3 else []


def _surprised(world: World) -> Iterator[list[Verdict]]:
    """An outcome four half-widths from the middle of the band."""
    market, now = world.market, world.now
    before = [outcome(market, n) for n in range(1, now)]
    actual = market.predicted[now - 1] * math.exp(4 * market.half_widths[now - 1][95])
    yield review(market, [*before, outcome(market, now, actual)], OutcomeSettings())


FAULTS = (
    Fault("forecasts scaled by 1.1", "forecast_move", lambda world: world.served(_scaled)),
    Fault("last close frozen", "frozen_price", _frozen),
    Fault("band collapsed to 0.1 of its width", "band_width", lambda world: world.served(_widened(0.1))),
    Fault("band 5 times as wide", "band_width", lambda world: world.served(_widened(5))),
    Fault("30 % server errors", "error_rate", lambda world: world.sampled(_failing)),
    Fault("latency times 10", "latency", lambda world: world.sampled(lambda event: slower(event, 10))),
    Fault("service down", "service_unreachable", lambda world: world.sampled(_gone)),
    Fault("samples stop", "sample_missing", lambda world: world.sampled(lambda _: None)),
    Fault("answers without the model", "degraded_serving", lambda world: world.served(_without_model)),
    Fault("series 5 sessions behind", STALE, _behind),
    Fault("3 sessions missing in the series", GAP, _holed),
    Fault("outcome 4 half-widths out", BREACH, _surprised),
)


def events_until_caught(fault: Fault, seed: int) -> int | None:
    """How many events that show the fault it takes until the first alarm of its kind; None when there is none."""
    alarms = Alarms()
    for number, verdicts in enumerate(fault.events(World(seed)), start=1):
        if fault.kind in alarms.note(verdicts):
            return number
    return None


def main() -> int:
    """Simulate, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tickers", type=int, default=TICKERS)
    options = parser.parse_args()
    months = SESSIONS / MONTH
    kept = True
    for seed in range(options.seeds):
        alarms = healthy(seed, options.tickers)
        rate = sum(alarms.raised.values()) / options.tickers / months
        told = ", ".join(f"{kind} {count}" for kind, count in alarms.raised.most_common()) or "none"
        print(f"seed {seed}: {rate:.3f} false alarms per ticker and month (< {MOST_FALSE:g}): {told}")
        kept &= rate < MOST_FALSE
    print(f"\n{'planted fault':36} {'alarm':20} events until caught, by seed (<= {MOST_EVENTS})")
    for fault in FAULTS:
        found = [events_until_caught(fault, seed) for seed in range(max(options.seeds, 5))]
        kept &= all(number is not None and number <= MOST_EVENTS for number in found)
        print(f"{fault.name:36} {fault.kind:20} {' '.join('never' if n is None else str(n) for n in found)}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
