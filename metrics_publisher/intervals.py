"""Two scrapes as what happened between them: rates, shares and quantiles."""

import math
from collections import defaultdict
from collections.abc import Sequence

from bellwether_contracts.events import QuantileSample
from metrics_publisher.published import LEVELS, PEAKS, QUANTILES, RATES, SHARES
from metrics_publisher.scrape import Scrape, Series

LEVEL_NAMES = (0.5, 0.95, 0.99)


def increases(name: str, before: Scrape, after: Scrape) -> dict[Series, float]:
    """How much each series of a counter grew; one that fell began again from 0, as a restarted process does."""
    earlier = before.named(name)
    grown: dict[Series, float] = {}
    for series, value in after.named(name).items():
        start = earlier.get(series, 0.0)
        grown[series] = value - start if value >= start else value
    return grown


def rates(before: Scrape, after: Scrape) -> dict[str, float]:
    """Per second, for every counter that the service exports."""
    seconds = after.at - before.at
    found: dict[str, float] = {}
    for rate in RATES:
        grown = increases(rate.counter, before, after)
        if grown:
            found[rate.name] = _selected(grown, rate.where) / seconds
    return found


def gauges(before: Scrape, after: Scrape) -> dict[str, float]:
    """Levels as they are, and shares of what happened in the interval."""
    found = {level.name: math.fsum(named.values()) for level in LEVELS if (named := after.named(level.gauge))}
    found |= {peak.name: max(named.values()) for peak in PEAKS if (named := after.named(peak.gauge))}
    for share in SHARES:
        grown = increases(share.counter, before, after)
        whole = math.fsum(grown.values())
        if whole > 0:
            found[share.name] = _selected(grown, share.where) / whole
    return found


def quantiles(before: Scrape, after: Scrape) -> dict[str, QuantileSample]:
    """Of every histogram that observed something in the interval."""
    found: dict[str, QuantileSample] = {}
    for wanted in QUANTILES:
        buckets = _buckets(increases(f"{wanted.histogram}_bucket", before, after))
        if buckets and buckets[-1][1] > 0:
            p50, p95, p99 = (histogram_quantile(level, buckets) for level in LEVEL_NAMES)
            found[wanted.name] = QuantileSample(p50=p50, p95=p95, p99=p99)
    return found


def histogram_quantile(level: float, buckets: Sequence[tuple[float, float]]) -> float | None:
    """Interpolate inside a bucket as Prometheus' histogram_quantile does.

    Args:
        level: The quantile, between 0 and 1.
        buckets: Upper bounds, ascending through infinity, with cumulative counts.

    Returns:
        The value; the highest finite bound when it lies above that; None without observations.
    """
    total = buckets[-1][1]
    if total <= 0 or not math.isinf(buckets[-1][0]) or len(buckets) == 1:
        return None
    rank = level * total
    index = next(number for number, (_, count) in enumerate(buckets) if count >= rank)
    if index == len(buckets) - 1:
        return buckets[-2][0]
    upper, count = buckets[index]
    if index == 0 and upper <= 0:
        return upper
    lower, below = buckets[index - 1] if index else (0.0, 0.0)
    return lower + (upper - lower) * (rank - below) / (count - below)


def _buckets(grown: dict[Series, float]) -> list[tuple[float, float]]:
    """Cumulative counts by upper bound, summed over all other labels, and never falling."""
    by_bound: defaultdict[float, float] = defaultdict(float)
    for series, value in grown.items():
        by_bound[float(dict(series.labels)["le"])] += value
    cumulative: list[tuple[float, float]] = []
    highest = 0.0
    for bound in sorted(by_bound):
        highest = max(highest, by_bound[bound])
        cumulative.append((bound, highest))
    return cumulative


def _selected(grown: dict[Series, float], where: tuple[str, str] | None) -> float:
    if where is None:
        return math.fsum(grown.values())
    label, begins = where
    return math.fsum(value for series, value in grown.items() if dict(series.labels).get(label, "").startswith(begins))
