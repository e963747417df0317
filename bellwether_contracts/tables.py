"""ClickHouse tables that two services touch: names and columns. Their DDL is in `db/clickhouse`."""

BARS = "bars"
PREDICTIONS = "predictions"
ALERTS = "alerts"
METRICS = "service_metrics"

PREDICTION_COLUMNS = (
    "prediction_id",
    "made_at",
    "ticker",
    "exchange",
    "source",
    "last_session",
    "target_session",
    "horizon",
    "last_close",
    "predicted_close",
    "naive_close",
    "lower_50",
    "upper_50",
    "lower_80",
    "upper_80",
    "lower_95",
    "upper_95",
    "model_id",
    "model_version",
    "model_type",
    "degraded",
    "degraded_reason",
    "served_by",
    "request_id",
    "task_id",
    "shadow",
    "serves",
)

ALERT_COLUMNS = (
    "event_id",
    "at",
    "alert_key",
    "kind",
    "subject",
    "severity",
    "state",
    "summary",
    "evidence",
    "first_seen",
    "last_seen",
    "count",
)

METRIC_COLUMNS = ("event_id", "at", "service", "up", "name", "value")
"""One row for each published number: a rate, a quantile (`name:p95`) or a gauge."""
