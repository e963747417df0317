-- What a replay of the past made is marked, with the settings that made it (`variant`), so that it is never taken
-- for what was served.
ALTER TABLE predictions ADD COLUMN IF NOT EXISTS replayed Bool DEFAULT false;

ALTER TABLE predictions ADD COLUMN IF NOT EXISTS variant LowCardinality(String) DEFAULT '';

-- What a challenger would have answered to a request that the champion answered: scored like any other, never shown as
-- what was served.
ALTER TABLE predictions ADD COLUMN IF NOT EXISTS shadow Bool DEFAULT false;

-- Whether the model spoke for itself (model) or said no change in its bands (naive).
ALTER TABLE predictions ADD COLUMN IF NOT EXISTS serves Nullable(String);

-- Every forecast beside what came. It is a view, so a bar that arrives or is corrected scores by itself. All that
-- depends on the actual is NULL while the target session has no bar: pending, never 0.
-- Errors are of the log price on the basis of the forecast's day: the last close times the adjusted return since, so
-- that a split or a dividend in between is no error. `scale` is the mean absolute log return of one session in all
-- bars to the forecast's (Hyndman and Koehler 2006): a mean of `scaled_error` is a MASE.
CREATE OR REPLACE VIEW scores AS
WITH
    changes AS
    (
        SELECT ticker, source, session, adj_close,
            log(adj_close / nullIf(lagInFrame(adj_close) OVER
                (PARTITION BY ticker, source ORDER BY session ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), 0)) AS change
        FROM bars FINAL
    ),
    known AS
    (
        SELECT ticker, source, session, toNullable(adj_close) AS adj_close,
            avg(abs(change)) OVER
                (PARTITION BY ticker, source ORDER BY session ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS scale
        FROM changes
    )
SELECT
    p.prediction_id AS prediction_id, p.made_at AS made_at, p.ticker AS ticker, p.exchange AS exchange,
    p.source AS source, p.last_session AS last_session, p.target_session AS target_session, p.horizon AS horizon,
    p.model_id AS model_id, p.model_version AS model_version, p.model_type AS model_type, p.degraded AS degraded,
    p.replayed AS replayed, p.shadow AS shadow, p.serves AS serves, p.variant AS variant, p.task_id AS task_id,
    p.last_close AS last_close, p.predicted_close AS predicted_close,
    p.last_close * target.adj_close / base.adj_close AS actual_close,
    if(isNull(actual_close), 'pending', 'known') AS outcome,
    log(actual_close / p.predicted_close) AS error,
    log(actual_close / p.naive_close) AS naive_error,
    base.scale AS scale,
    abs(error) / nullIf(base.scale, 0) AS scaled_error,
    if(p.predicted_close = p.naive_close OR actual_close = p.naive_close, NULL,
        (p.predicted_close > p.naive_close) = (actual_close > p.naive_close)) AS hit,
    actual_close BETWEEN p.lower_50 AND p.upper_50 AS inside_50,
    actual_close BETWEEN p.lower_80 AND p.upper_80 AS inside_80,
    actual_close BETWEEN p.lower_95 AND p.upper_95 AS inside_95
FROM (SELECT * FROM predictions FINAL) AS p
LEFT JOIN known AS target
    ON target.ticker = p.ticker AND target.source = p.source AND target.session = p.target_session
LEFT JOIN known AS base
    ON base.ticker = p.ticker AND base.source = p.source AND base.session = p.last_session;
