"""The detectors, one by one: what they call a trouble, what they leave alone, and when it has ended."""

import math
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from scipy import stats

from backend.monitor.watcher import robust
from backend.monitor.watcher.desk import Desk
from backend.monitor.watcher.detectors.band_width import BandWidth
from backend.monitor.watcher.detectors.degraded_serving import DegradedServing
from backend.monitor.watcher.detectors.error_rate import ErrorRate
from backend.monitor.watcher.detectors.forecast_move import ForecastMove
from backend.monitor.watcher.detectors.frozen_price import FrozenPrice
from backend.monitor.watcher.detectors.latency import Latency
from backend.monitor.watcher.detectors.missing_samples import MissingSamples
from backend.monitor.watcher.detectors.reachability import Reachability
from backend.monitor.watcher.settings import Thresholds
from backend.monitor.watcher.verdicts import AllClear, Standing, Verdict
from backend.src.alerting.alert_book import Trouble
from bellwether_contracts.events import Band, MetricsSampledV1, PredictionMadeV1, QuantileSample

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONDAY = date(2026, 1, 5)
LIMITS = Thresholds()


def session(n: int) -> date:
    """The nth weekday."""
    return MONDAY + timedelta(days=7 * (n // 5) + n % 5)


def made(n: int, close: float = 100, move: float = 0, half: float = 0.02, **values: Any) -> PredictionMadeV1:
    horizon = values.get("horizon", 1)
    predicted = close * math.exp(move)
    band = Band(coverage=80, lower=predicted - close * half, upper=predicted + close * half)
    fields = {
        "event_id": uuid4(), "at": NOON + timedelta(days=n), "ticker": "AAPL", "exchange": "XNAS", "source": "yahoo",
        "last_session": session(n), "target_session": session(n + horizon), "horizon": 1, "last_close": close,
        "predicted_close": predicted, "naive_close": close, "bands": [band], "model_id": 1, "model_version": 1,
        "model_type": "ridge", "served_by": "backend1", "request_id": "r",
    }  # fmt: skip
    return PredictionMadeV1.model_validate(fields | values)


def sampled(n: int, service: str = "backend1", p95: float | None = None, **values: Any) -> MetricsSampledV1:
    quantiles = {} if p95 is None else {"prediction_duration": QuantileSample(p50=p95 / 2, p95=p95, p99=p95)}
    at = NOON + timedelta(seconds=5 * n)
    fields: dict[str, Any] = {"event_id": uuid4(), "at": at, "service": service, "up": True, "interval_seconds": 5}
    return MetricsSampledV1.model_validate(fields | {"quantiles": quantiles} | values)


def said(verdicts: Iterable[Verdict | None]) -> str:
    """A letter for each event: a trouble, clear, or nothing."""
    return "".join("." if each is None else "T" if isinstance(each, Trouble) else "c" for each in verdicts)


def walk(n: int, sd: float = 0.02) -> list[float]:
    return list(100 * np.exp(np.cumsum(np.random.default_rng(7).normal(0, sd, n))))


def test_the_robust_scale_is_that_of_the_library() -> None:
    values = np.random.default_rng(1).standard_t(3, 61)
    centre, scale = robust.centre_and_scale(values)
    assert centre == pytest.approx(np.median(values))
    assert scale == pytest.approx(stats.median_abs_deviation(values, scale=1 / 1.4826))


@pytest.mark.parametrize(("count", "n", "share"), [(0, 20, 0.05), (3, 20, 0.05), (20, 20, 0.5), (40, 1000, 0.01)])
def test_the_binomial_tail_is_that_of_the_library(count: int, n: int, share: float) -> None:
    assert robust.binomial_tail(count, n, share) == pytest.approx(stats.binom.sf(count - 1, n, share))


@pytest.mark.parametrize("horizon", [1, 5, 20])
def test_a_forecast_beyond_the_volatility_of_its_horizon_is_a_trouble(horizon: int) -> None:
    detector, closes = ForecastMove(LIMITS), walk(61)
    for n, close in enumerate(closes[:-1]):
        detector.learn("AAPL", "yahoo", session(n), close)
    days = np.array([(session(n + 1) - session(n)).days for n in range(60)])
    assert set(days) == {1, 3}  # weekends lie between sessions that follow each other
    steps = np.diff(np.log(closes))
    scale = stats.median_abs_deviation(steps, scale=1 / 1.4826)
    edge = np.median(steps) * horizon + 3 * scale * math.sqrt(horizon)
    inside, outside = (made(60, closes[-1], move=edge * by, horizon=horizon) for by in (0.99, 1.01))
    assert said([detector.judge(inside)]) == "c"
    found = detector.judge(outside)
    assert isinstance(found, Trouble)
    assert (found.subject, found.severity, found.evidence["horizon"]) == ("AAPL", "warning", horizon)
    assert found.evidence["z"] == pytest.approx(3 * 1.01, rel=0.02)
    assert said([detector.judge(inside)] * 1) == "."
    assert said(detector.judge(inside) for _ in range(2)) == ".c"


def test_a_forecast_is_not_judged_before_enough_is_known_nor_from_an_old_session() -> None:
    detector, closes = ForecastMove(LIMITS), walk(40)
    events = [made(n, close, move=1.0) for n, close in enumerate(closes)]
    assert said(detector.judge(event) for event in events[:21]) == "." * 20 + "T"
    assert detector.judge(events[3]) is None


def test_sessions_that_nobody_asked_in_are_no_wild_moves() -> None:
    detector, closes = ForecastMove(LIMITS), walk(300)
    for n in range(0, 300, 5):
        detector.learn("AAPL", "yahoo", session(n), closes[n])
    found = detector.judge(made(299, closes[299], move=0.09))
    assert isinstance(found, Trouble)
    assert found.evidence["volatility"] == pytest.approx(0.02, rel=0.35)


def test_a_price_that_stands_still_for_sessions_is_a_trouble_until_it_moves() -> None:
    detector = FrozenPrice(LIMITS)
    closes = [100, 101, 101, 101, 101, 101, 102]
    events = [each for n, close in enumerate(closes) for each in [made(n, close), made(n, close)]]
    assert said(map(detector.judge, events)) == "cc" * 4 + "TT" * 2 + "cc"
    assert detector.judge(made(2, 101)) is None


@pytest.mark.parametrize(("half", "words"), [(0.002, "narrower"), (0.10, "wider"), (0.0, "narrower")])
def test_a_band_that_changes_all_of_a_sudden_is_a_trouble(half: float, words: str) -> None:
    detector = BandWidth(LIMITS)
    usual = [made(n, half=0.02 * (1 + 0.1 * (n % 3))) for n in range(12)]
    assert said(map(detector.judge, usual)) == "." * 5 + "c" * 7
    found = detector.judge(made(12, half=half))
    assert isinstance(found, Trouble)
    assert words in found.summary
    assert said(detector.judge(made(13)) for _ in range(3)) == "..c"


def test_each_horizon_has_a_width_of_its_own_and_the_ticker_is_well_when_all_are() -> None:
    detector = BandWidth(LIMITS)
    for n in range(10):
        detector.judge(made(n, half=0.02))
        detector.judge(made(n, half=0.05, horizon=5))
    assert said([detector.judge(made(10, half=0.5, horizon=5))]) == "T"
    assert said(detector.judge(made(10)) for _ in range(5)) == "." * 5
    assert said(detector.judge(made(11, half=0.05, horizon=5)) for _ in range(3)) == "..c"


def test_degraded_answers_are_news_only_where_a_model_has_answered() -> None:
    detector = DegradedServing(LIMITS)
    assert said(detector.judge(made(n, degraded=True)) for n in range(5)) == "....."
    assert said([detector.judge(made(5))]) == "c"
    assert said(detector.judge(made(6, degraded=True, degraded_reason="gone")) for _ in range(4)) == "..TT"
    assert said(detector.judge(made(6, degraded=True, horizon=20)) for _ in range(4)) == "...."
    assert said(detector.judge(made(7)) for _ in range(3)) == "..c"


def failing(n: int, share: float, requests: float = 50) -> MetricsSampledV1:
    return sampled(n, rates={"requests": requests / 5}, gauges={"error_share": share})


def test_many_errors_for_two_samples_are_a_trouble_and_six_good_ones_end_it() -> None:
    detector = ErrorRate(LIMITS)
    shares = [0.0] * 20 + [0.3] * 4 + [0.0] * 7
    assert said(detector.judge(failing(n, share)) for n, share in enumerate(shares)) == "c" * 20 + ".TTT" + ".....cc"


def test_few_requests_are_judged_together_and_one_error_of_few_is_none() -> None:
    detector = ErrorRate(LIMITS)
    assert said(detector.judge(failing(n, 0.5, requests=5)) for n in range(12)) == ".......T...T"
    assert said(ErrorRate(LIMITS).judge(failing(n, 1 / 20, requests=20)) for n in range(9)) == "c" * 9


def test_a_service_that_always_fails_a_little_is_measured_by_itself() -> None:
    detector = ErrorRate(LIMITS)
    for _ in range(100):
        detector.learn("backend1", 0.08)
    assert said(detector.judge(failing(n, 0.1)) for n in range(5)) == "ccccc"
    assert said(detector.judge(failing(n, 0.4)) for n in range(5, 8)) == ".TT"


def slow(n: int, p95: float, forecasts: float = 50) -> MetricsSampledV1:
    return sampled(n, p95=p95, rates={"predictions": forecasts / 5})


def test_slow_forecasts_are_a_trouble_beside_the_services_own_level() -> None:
    detector = Latency(LIMITS)
    levels = np.exp(np.random.default_rng(3).normal(math.log(0.01), 0.2, 240))
    assert "T" not in said(detector.judge(slow(n, p95)) for n, p95 in enumerate(levels))
    assert said(detector.judge(slow(n, 0.1)) for n in range(240, 245)) == "..TTT"
    assert said(detector.judge(slow(n, 0.1, forecasts=10)) for n in range(245, 248)) == "..."
    assert said(detector.judge(slow(n, 0.01)) for n in range(248, 255)) == ".....cc"


def test_what_nobody_can_feel_is_not_slow() -> None:
    detector = Latency(LIMITS)
    for _ in range(20):
        detector.learn("backend1", 0.001)
    assert said(detector.judge(slow(n, 0.015)) for n in range(5)) == "ccccc"


def test_a_level_that_lasts_becomes_the_usual_one() -> None:
    detector = Latency(LIMITS)
    for _ in range(360):
        detector.learn("backend1", 0.01)
    hours = [detector.judge(slow(12 * minute, 0.1)) for minute in range(240)]
    first_calm = next(n for n, verdict in enumerate(hours) if isinstance(verdict, AllClear))
    assert first_calm == pytest.approx(180 + LIMITS.watch_clear_samples, abs=3)


def test_three_missed_scrapes_are_one_trouble_until_the_next_good_one() -> None:
    detector = Reachability(LIMITS)
    verdicts = [
        detector.judge(sampled(n, up=up)) for n, up in enumerate([True, False, False, True, *[False] * 4, True])
    ]
    assert said(verdicts) == "c..c..TTc"


def test_a_service_that_has_never_answered_is_given_time_to_start() -> None:
    detector, grace = Reachability(LIMITS), LIMITS.watch_starting_scrapes
    verdicts = [detector.judge(sampled(n, up=False)) for n in range(grace + LIMITS.watch_missed_scrapes + 1)]
    assert said(verdicts) == "." * (grace + LIMITS.watch_missed_scrapes - 1) + "TT"


@pytest.fixture
def missing() -> MissingSamples:
    detector = MissingSamples(LIMITS)
    for service in ("backend1", "backend2"):
        detector.learn(service, NOON)
    return detector


def looked(detector: MissingSamples, seconds: float) -> dict[str, str]:
    return {each.subject: said([each]) for each in detector.look(NOON + timedelta(seconds=seconds))}


def test_a_service_whose_samples_stop_is_missing_until_they_come_again(missing: MissingSamples) -> None:
    missing.learn("backend2", NOON + timedelta(seconds=15))
    assert looked(missing, 16) == {"metrics_publisher": "c", "backend1": "c", "backend2": "c"}
    assert looked(missing, 18) == {"metrics_publisher": "c", "backend1": "T", "backend2": "c"}
    missing.learn("backend1", NOON + timedelta(seconds=19))
    assert looked(missing, 20) == {"metrics_publisher": "c", "backend1": "c", "backend2": "c"}


def test_when_all_samples_stop_it_is_one_trouble(missing: MissingSamples) -> None:
    assert looked(missing, 18) == {"metrics_publisher": "T"}


def test_a_service_that_is_gone_for_a_day_is_no_longer_expected(missing: MissingSamples) -> None:
    missing.learn("backend2", NOON + timedelta(days=2))
    assert looked(missing, 2 * 86_400 + 1)["backend1"] == "c"
    assert "backend1" not in looked(missing, 2 * 86_400 + 2)


def test_a_troubled_part_that_falls_silent_does_not_keep_the_alert_for_ever() -> None:
    standing = Standing(fire_after=1, clear_after=3)
    assert standing.bad("AAPL", 20)
    assert [standing.good("AAPL", 1) for _ in range(201)] == [False] * 200 + [True]


def judge_all(desk: Desk, events: Iterable[PredictionMadeV1]) -> list[Verdict]:
    return [verdict for event in events for verdict in desk.judge_forecast(event)]


def test_what_nobody_was_served_is_nobodys_trouble() -> None:
    desk, closes = Desk(LIMITS), walk(61)
    judge_all(desk, (made(n, close) for n, close in enumerate(closes)))
    wild: Callable[[bool], PredictionMadeV1] = lambda shadow: made(60, closes[-1], move=0.5, half=0.9, shadow=shadow)  # noqa: E731
    assert judge_all(desk, [wild(True)]) == []
    assert {each.kind for each in judge_all(desk, [wild(False)]) if isinstance(each, Trouble)} == {
        "forecast_move",
        "band_width",
    }


def test_an_alert_of_before_a_restart_ends_as_slowly_as_any() -> None:
    desk = Desk(LIMITS)
    desk.degraded.learn("AAPL", "yahoo", 1)
    desk.degraded.resume("AAPL", {"source": "yahoo", "horizon": 1})
    assert said(desk.degraded.judge(made(n)) for n in range(3)) == "..c"


def test_a_sample_that_comes_twice_or_late_is_judged_once() -> None:
    desk = Desk(LIMITS)
    events = [sampled(n, up=False) for n in range(2)]
    assert not [each for event in [*events, *events, events[0]] for each in desk.judge_sample(event)]


@pytest.mark.parametrize("name", ["x" * 65, "back\x00end"])
def test_a_name_that_no_service_has_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no service is called"):
        list(Desk(LIMITS).judge_sample(sampled(0, service=name)))
