-- Daily bars with the indicators, one row a ticker, source and session. Read with FINAL: a corrected bar
-- comes as a newer version of the same key.
CREATE TABLE IF NOT EXISTS bars
(
    ticker LowCardinality(String),
    source LowCardinality(String),
    session Date32,
    exchange LowCardinality(String),
    currency LowCardinality(String),
    open Float64,
    high Float64,
    low Float64,
    close Float64,
    adj_close Float64,
    volume UInt64,
    dividend Float64,
    split_ratio Float64,
    ma5 Nullable(Float64),
    ma10 Nullable(Float64),
    ema12 Nullable(Float64),
    ema26 Nullable(Float64),
    macd Nullable(Float64),
    macd_signal Nullable(Float64),
    macd_hist Nullable(Float64),
    bb_upper Nullable(Float64),
    bb_middle Nullable(Float64),
    bb_lower Nullable(Float64),
    vol_ma10 Nullable(Float64),
    rsi14 Nullable(Float64),
    snapshot String,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY source
ORDER BY (ticker, source, session)
SETTINGS non_replicated_deduplication_window = 1000;
