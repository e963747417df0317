"""What the API counts. Names are shared with rules and dashboards by the contracts."""

from prometheus_client import Counter, Gauge, Histogram

from bellwether_contracts import metric_names as names

HTTP_REQUESTS = Counter(names.HTTP_REQUESTS, "Requests answered.", ["method", "route", "status"])
HTTP_DURATION = Histogram(
    names.HTTP_DURATION,
    "Seconds from request to answer.",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
PREDICTIONS = Counter(names.PREDICTIONS, "Forecasts answered.", ["outcome"])
PREDICTION_DURATION = Histogram(
    names.PREDICTION_DURATION,
    "Seconds that a forecast took, its recording included.",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
OUTBOX_PENDING = Gauge(names.OUTBOX_PENDING, "Events that Kafka has not acknowledged.")
CHAMPIONS_LOADED = Gauge(names.CHAMPIONS_LOADED, "Champions that this backend holds in memory.")
CHALLENGERS_LOADED = Gauge(names.CHALLENGERS_LOADED, "Tickers whose challenger this backend holds in memory.")
SHADOWS = Counter(names.SHADOWS, "Challengers' forecasts beside answers, by what became of them.", ["outcome"])
JOBS = Gauge(names.JOBS, "Jobs by kind and state.", ["kind", "state"])
QUEUE_DEPTH = Gauge(names.QUEUE_DEPTH, "Jobs that wait for a worker.", ["queue"])
QUEUE_OLDEST = Gauge(names.QUEUE_OLDEST, "Seconds that the oldest of them has waited.", ["queue"])
SESSIONS_BEHIND = Gauge(names.SESSIONS_BEHIND, "Closed sessions that a series has no bar of yet.", ["ticker", "source"])
ALERTS = Gauge(names.ALERTS, "Alerts that fire and are not muted.", ["kind", "severity"])
_SCORED_BY = ["ticker", "horizon", "model_type"]
LIVE_SCORED = Gauge(names.LIVE_SCORED, "Served forecasts whose outcome is known, each counted once.", _SCORED_BY)
LIVE_MAE_RATIO = Gauge(names.LIVE_MAE_RATIO, "Their mean absolute error over naive's: above 1 is worse.", _SCORED_BY)
LIVE_COVERAGE_80 = Gauge(names.LIVE_COVERAGE_80, "The share of their outcomes inside the 80 % band.", _SCORED_BY)
DRIFT_RATIO = Gauge(
    names.DRIFT_RATIO, "How far the newest sessions lie from the champion's training: above 1 is drift.", ["ticker"]
)
CONCEPT_RATIO = Gauge(
    names.CONCEPT_RATIO, "How far its live errors beside naive have risen: above 1 is drift.", ["ticker"]
)
DRIFTED = Gauge(names.DRIFTED, "1 where the newest check found drift.", ["ticker"])
