-- Alerts as they changed, and the numbers that metrics_publisher sampled.
CREATE TABLE IF NOT EXISTS alerts
(
    event_id UUID,
    at DateTime64(3, 'UTC'),
    alert_key String,
    kind LowCardinality(String),
    subject LowCardinality(String),
    severity LowCardinality(String),
    state LowCardinality(String),
    summary String,
    evidence String,
    first_seen DateTime64(3, 'UTC'),
    last_seen DateTime64(3, 'UTC'),
    count UInt32
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (alert_key, at, event_id)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS service_metrics
(
    event_id UUID,
    at DateTime64(3, 'UTC'),
    service LowCardinality(String),
    up Bool,
    name LowCardinality(String),
    value Float64
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(at)
ORDER BY (service, name, at, event_id)
TTL toDateTime(at) + INTERVAL 14 DAY
SETTINGS non_replicated_deduplication_window = 10000;
