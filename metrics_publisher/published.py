"""What is published of each service, by the names that the contracts share.

A number is published only when the service exports what it is computed from: no series is always zero.
"""

from dataclasses import dataclass

from bellwether_contracts import metric_names


@dataclass(frozen=True)
class Rate:
    """A counter's increase per second, over the series that `where` selects by label values."""

    name: str
    counter: str
    where: tuple[str, str] | None = None
    """A label and how its value begins."""


@dataclass(frozen=True)
class Share:
    """A counter's increase where selected, as a share of its whole increase; absent while nothing happens."""

    name: str
    counter: str
    where: tuple[str, str]


@dataclass(frozen=True)
class Quantiles:
    """A histogram's p50, p95 and p99 over the interval; absent while nothing is observed."""

    name: str
    histogram: str


@dataclass(frozen=True)
class Level:
    """A gauge, summed over its series."""

    name: str
    gauge: str


@dataclass(frozen=True)
class Peak:
    """A gauge's greatest series: what is no sum, such as an age."""

    name: str
    gauge: str


RATES = (
    Rate("requests", metric_names.HTTP_REQUESTS),
    Rate("errors", metric_names.HTTP_REQUESTS, ("status", "5")),
    Rate("predictions", metric_names.PREDICTIONS),
    Rate("degraded_predictions", metric_names.PREDICTIONS, ("outcome", "degraded")),
    Rate("ws_frames", metric_names.WS_FRAMES),
    Rate("ws_frames_dropped", metric_names.WS_DROPPED),
    Rate("sink_rows", metric_names.SINK_ROWS),
    Rate("dead_letters", metric_names.DEAD_LETTERS),
    Rate("jobs_ended", metric_names.JOBS_ENDED),
    Rate("jobs_failed", metric_names.JOBS_ENDED, ("outcome", "failed")),
    Rate("cpu", "process_cpu_seconds_total"),
)
SHARES = (
    Share("error_share", metric_names.HTTP_REQUESTS, ("status", "5")),
    Share("degraded_share", metric_names.PREDICTIONS, ("outcome", "degraded")),
)
QUANTILES = (
    Quantiles("request_duration", metric_names.HTTP_DURATION),
    Quantiles("prediction_duration", metric_names.PREDICTION_DURATION),
    Quantiles("job_duration", metric_names.JOB_DURATION),
    Quantiles("job_wait", metric_names.JOB_WAIT),
)
LEVELS = (
    Level("outbox_pending", metric_names.OUTBOX_PENDING),
    Level("champions_loaded", metric_names.CHAMPIONS_LOADED),
    Level("ws_clients", metric_names.WS_CLIENTS),
    Level("sink_lag", metric_names.SINK_LAG),
    Level("jobs", metric_names.JOBS),
    Level("jobs_running", metric_names.JOBS_RUNNING),
    Level("queue_depth", metric_names.QUEUE_DEPTH),
    Level("resident_bytes", "process_resident_memory_bytes"),
)

PEAKS = (Peak("queue_oldest", metric_names.QUEUE_OLDEST),)

SAMPLE_NAMES = frozenset(
    [rate.counter for rate in RATES]
    + [share.counter for share in SHARES]
    + [f"{quantiles.histogram}_bucket" for quantiles in QUANTILES]
    + [level.gauge for level in LEVELS]
    + [peak.gauge for peak in PEAKS]
)
"""The sample names worth keeping of a scrape."""

PUBLISHED = tuple(number.name for number in (*RATES, *SHARES, *QUANTILES, *LEVELS, *PEAKS))
"""Every name that a page or a query may ask for."""
