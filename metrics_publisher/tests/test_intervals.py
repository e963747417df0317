"""Rates and quantiles against an independent computation on a real client library's output."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bellwether_contracts import metric_names
from metrics_publisher import intervals, scrape
from metrics_publisher.published import LEVELS, QUANTILES, RATES, SAMPLE_NAMES, SHARES
from metrics_publisher.scrape import Scrape, ScrapeError


class Service:
    """A process's metrics, kept with the library that the services use."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(metric_names.HTTP_REQUESTS, "r", ["method", "route", "status"], registry=self.registry)
        self.predictions = Counter(metric_names.PREDICTIONS, "p", ["outcome"], registry=self.registry)
        self.duration = Histogram(
            metric_names.HTTP_DURATION, "d", ["route"], buckets=(0.005, 0.01, 0.1, 1), registry=self.registry
        )
        self.pending = Gauge(metric_names.OUTBOX_PENDING, "o", registry=self.registry)

    def scraped(self, at: float) -> Scrape:
        return scrape.parse(generate_latest(self.registry).decode(), at, SAMPLE_NAMES)


def test_rates_and_shares_are_what_happened_per_second() -> None:
    service = Service()
    service.requests.labels("GET", "/a", "200").inc(7)
    before = service.scraped(100)
    service.requests.labels("GET", "/a", "200").inc(30)
    service.requests.labels("POST", "/b", "503").inc(10)
    service.predictions.labels("ok").inc(6)
    service.predictions.labels("degraded").inc(2)
    service.pending.set(4)
    after = service.scraped(105)
    rates = intervals.rates(before, after)
    assert (rates["requests"], rates["errors"]) == (8.0, 2.0)
    assert (rates["predictions"], rates["degraded_predictions"]) == (8 / 5, 2 / 5)
    assert intervals.gauges(before, after) == {"outbox_pending": 4.0, "error_share": 0.25, "degraded_share": 0.25}


def test_a_restarted_service_has_no_negative_rate() -> None:
    old, new = Service(), Service()
    old.requests.labels("GET", "/a", "200").inc(1000)
    old.duration.labels("/a").observe(0.5)
    new.requests.labels("GET", "/a", "200").inc(10)
    before, after = old.scraped(0), new.scraped(5)
    assert intervals.rates(before, after)["requests"] == 2.0
    assert all(rate >= 0 for rate in intervals.rates(before, after).values())
    assert intervals.quantiles(before, after) == {}


def test_what_does_not_exist_or_did_not_happen_is_not_published() -> None:
    service = Service()
    before, after = service.scraped(0), service.scraped(5)
    assert intervals.rates(before, after) == {}
    assert intervals.quantiles(before, after) == {}
    assert intervals.gauges(before, after) == {"outbox_pending": 0.0}


def test_quantiles_cover_only_the_interval_and_all_labels_together() -> None:
    service = Service()
    for _ in range(1000):
        service.duration.labels("/slow").observe(0.9)
    before = service.scraped(0)
    for number in range(100):
        service.duration.labels("/a" if number % 2 else "/b").observe(0.0101 + 0.0899 * number / 100)
    (found,) = intervals.quantiles(before, service.scraped(5)).values()
    # All hundred lie in (0.01, 0.1]: interpolation gives 0.01 + q * 0.09.
    assert found.p50 == pytest.approx(0.055)
    assert found.p95 == pytest.approx(0.0955)
    assert found.p99 == pytest.approx(0.0991)


@given(st.lists(st.floats(0, 1), min_size=30, max_size=300), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_quantile_is_within_its_bucket_of_the_exact_one(observed: list[float], level: float) -> None:
    bounds = [number / 20 for number in range(1, 21)]
    buckets = [(bound, float(sum(value <= bound for value in observed))) for bound in bounds]
    found = intervals.histogram_quantile(level, [*buckets, (math.inf, float(len(observed)))])
    exact = sorted(observed)[math.ceil(level * len(observed)) - 1]
    assert found is not None
    assert abs(found - exact) <= 0.05 + 1e-9


def test_a_quantile_beyond_the_last_bound_is_the_last_bound() -> None:
    assert intervals.histogram_quantile(0.99, [(1.0, 1.0), (math.inf, 100.0)]) == 1.0
    assert intervals.histogram_quantile(0.5, [(1.0, 0.0), (math.inf, 0.0)]) is None
    assert statistics.median([1.0]) == intervals.histogram_quantile(1.0, [(1.0, 5.0), (math.inf, 5.0)])


@pytest.mark.parametrize("text", ["<html>", 'a{b="c" 1', "a b c d"])
def test_what_is_not_prometheus_text_is_refused(text: str) -> None:
    with pytest.raises(ScrapeError, match="not Prometheus text"):
        scrape.parse(text, 0, SAMPLE_NAMES)


def test_published_names_are_distinct() -> None:
    assert len({one.name for one in (*RATES, *SHARES, *LEVELS)}) == len(RATES) + len(SHARES) + len(LEVELS)
    assert len({one.name for one in QUANTILES}) == len(QUANTILES)
