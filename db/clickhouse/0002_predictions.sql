-- Every forecast that was answered. prediction_id is the event's id: a repeat replaces itself.
CREATE TABLE IF NOT EXISTS predictions
(
    prediction_id UUID,
    made_at DateTime64(3, 'UTC'),
    ticker LowCardinality(String),
    exchange LowCardinality(String),
    source LowCardinality(String),
    last_session Date32,
    target_session Date32,
    horizon UInt16,
    last_close Float64,
    predicted_close Float64,
    naive_close Float64,
    lower_50 Float64,
    upper_50 Float64,
    lower_80 Float64,
    upper_80 Float64,
    lower_95 Float64,
    upper_95 Float64,
    model_id Nullable(Int64),
    model_version Nullable(Int64),
    model_type LowCardinality(String),
    degraded Bool,
    degraded_reason Nullable(String),
    served_by LowCardinality(String),
    request_id String,
    task_id Nullable(UUID),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(inserted_at)
PARTITION BY toYYYYMM(made_at)
ORDER BY (ticker, made_at, prediction_id)
SETTINGS non_replicated_deduplication_window = 10000;
