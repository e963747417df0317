"""Forecasts that were answered, read from ClickHouse beside what happened."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from clickhouse_connect.driver.client import Client

from bellwether_contracts.tables import PREDICTION_COLUMNS, PREDICTIONS

_REPLAYED_COLUMNS = (*PREDICTION_COLUMNS, "replayed", "variant")

_COLUMNS = """
    p.prediction_id AS prediction_id, p.made_at AS made_at, p.ticker AS ticker, p.exchange AS exchange,
    p.source AS source, p.last_session AS last_session, p.target_session AS target_date, p.horizon AS horizon,
    p.last_close AS last_close, p.predicted_close AS predicted_close, p.naive_close AS naive_close,
    p.lower_50 AS lower_50, p.upper_50 AS upper_50, p.lower_80 AS lower_80, p.upper_80 AS upper_80,
    p.lower_95 AS lower_95, p.upper_95 AS upper_95, p.model_id AS model_id, p.model_version AS model_version,
    p.model_type AS model_type, p.degraded AS degraded, p.degraded_reason AS degraded_reason,
    p.served_by AS served_by, p.task_id AS task_id, p.replayed AS replayed,
    p.shadow AS shadow, p.serves AS serves
"""
_FILTERS = {
    "ticker": "ticker = {ticker:String}",
    "model_id": "model_id = {model_id:Int64}",
    "date_from": "target_session >= {date_from:Date32}",
    "date_to": "target_session <= {date_to:Date32}",
    "replayed": "replayed = {replayed:Bool}",
    "shadow": "shadow = {shadow:Bool}",
}


class PredictionStore:
    """Reads the predictions table, and writes what replays make; ws_monitor writes what was served."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def page(
        self,
        *,
        ticker: str | None,
        model_id: int | None,
        date_from: date | None,
        date_to: date | None,
        replayed: bool | None,
        shadow: bool = False,
        limit: int,
        offset: int,
    ) -> tuple[list[dict[str, Any]], bool]:
        """Forecasts, newest first, each with `actual_close` where its session's bar is known, and whether more exist.

        Those that were served; with `shadow`, those that challengers made beside them.
        The actual is put on the basis of the forecast's day: last close times the adjusted return since, so that
        a split or a dividend in between is no error of the forecast.
        """
        wanted = {
            "ticker": ticker,
            "model_id": model_id,
            "date_from": date_from,
            "date_to": date_to,
            "replayed": replayed,
            "shadow": shadow,
        }
        given = {name: value for name, value in wanted.items() if value is not None}
        conditions = " AND ".join(_FILTERS[name] for name in given)
        result = self._client.query(_page_sql(conditions), parameters={**given, "limit": limit + 1, "offset": offset})
        rows = list(result.named_results())
        return rows[:limit], len(rows) > limit

    def insert_replayed(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write what a replay made. A row with the id and time of one that is there takes its place."""
        values = [[row[name] for name in _REPLAYED_COLUMNS] for row in rows]
        self._client.insert(PREDICTIONS, values, _REPLAYED_COLUMNS, settings={"async_insert": 0})


def _page_sql(conditions: str) -> str:
    """The page's query; `conditions` is made of this module's own constants only."""
    return f"""
        WITH p AS (
            SELECT * FROM predictions FINAL WHERE {conditions}
            ORDER BY made_at DESC, prediction_id DESC LIMIT {{limit:UInt32}} OFFSET {{offset:UInt32}}
        ), b AS (
            SELECT ticker, source, session, adj_close FROM bars FINAL
            WHERE (ticker, source) IN (SELECT DISTINCT ticker, source FROM p)
        )
        SELECT {_COLUMNS},
            if(target.adj_close > 0 AND base.adj_close > 0,
               p.last_close * target.adj_close / base.adj_close, NULL) AS actual_close
        FROM p
        LEFT JOIN b AS target
            ON target.ticker = p.ticker AND target.source = p.source AND target.session = p.target_session
        LEFT JOIN b AS base ON base.ticker = p.ticker AND base.source = p.source AND base.session = p.last_session
        ORDER BY made_at DESC, prediction_id DESC
    """  # noqa: S608
