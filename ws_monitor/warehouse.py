"""ClickHouse: where the sink writes, and the history that a fresh process starts with."""

import http.client
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import clickhouse_connect
import orjson
from clickhouse_connect.driver.exceptions import ClickHouseError, DataError, Error
from pydantic_core import Url

from bellwether_contracts import tables
from bellwether_contracts.events import AlertV1, Band, PredictionMadeV1
from bellwether_contracts.market import COVERAGE_LEVELS
from ws_monitor import rows

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

PING_SECONDS = 2

_SERVED = "NOT replayed AND NOT shadow"
"""What a replay of the past or a challenger made was never pushed to anyone."""

UNWRITABLE = (DataError, ValueError, TypeError, OverflowError, struct.error)
"""Raised before anything is sent, about the values themselves."""

REFUSED = (*UNWRITABLE, ClickHouseError)
"""What an insert raises."""

_UNWRITABLE_CODES = frozenset({6, 26, 27, 38, 41, 43, 53, 69, 72, 117, 321, 349, 376, 441})
"""ClickHouse's codes for values it can't parse or that don't fit; all else is the server's trouble, not the row's."""


def blames_rows(error: Exception) -> bool:
    """Whether a failed insert would fail again with the same rows however healthy the server is."""
    if isinstance(error, Error) and not isinstance(error, DataError):
        return error.code in _UNWRITABLE_CODES
    return isinstance(error, UNWRITABLE)


class Warehouse:
    """One connection, for one thread; made on first use and again after an error."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Client | None = None
        self._types: dict[str, list[Any]] = {}

    def insert(self, table: str, written: Sequence[rows.Row], token: str) -> None:
        """Insert rows; a repeat of the same token is dropped by the server."""
        client = self._connected()
        columns = rows.COLUMNS[table]
        if table not in self._types:
            context = client.create_insert_context(table, columns)
            self._types[table] = list(context.column_types)
        client.insert(
            table,
            written,
            columns,
            column_types=self._types[table],
            settings={"insert_deduplication_token": token, "async_insert": 0},
        )

    def history(self, limit: int) -> tuple[list[PredictionMadeV1], list[AlertV1]]:
        """The last predictions and alerts, oldest first."""
        return (
            [_prediction(row) for row in self._newest(tables.PREDICTIONS, "made_at", "prediction_id", limit, _SERVED)],
            [_alert(row) for row in self._newest(tables.ALERTS, "at", "event_id", limit, "true")],
        )

    def reset(self) -> None:
        """Forget the connection and what was learned over it."""
        if self._client is not None:
            self._client.close()
        self._client = None
        self._types.clear()

    def _connected(self) -> "Client":
        if self._client is None:
            self._client = clickhouse_connect.get_client(
                dsn=self._url, autogenerate_session_id=False, connect_timeout=5, send_receive_timeout=30
            )
        return self._client

    def _newest(self, table: str, time: str, key: str, limit: int, where: str) -> list[dict[str, Any]]:
        rows_wanted = f"SELECT {', '.join(rows.COLUMNS[table])} FROM {table} FINAL WHERE {where}"  # noqa: S608 # names of our own
        result = self._connected().query(
            f"{rows_wanted} ORDER BY {time} DESC, {key} DESC LIMIT {{limit:UInt32}}",
            parameters={"limit": limit},
            tz_mode="aware",
        )
        return list(result.named_results())[::-1]


def ping(url: str) -> None:
    """Ask ClickHouse whether it is there.

    Raises:
        OSError: it is not, or it does not say so.
    """
    at = Url(url)
    kind = http.client.HTTPSConnection if at.scheme == "https" else http.client.HTTPConnection
    connection = kind(at.host or "127.0.0.1", at.port or 8123, timeout=PING_SECONDS)
    try:
        connection.request("GET", "/ping")
        status = connection.getresponse().status
    except http.client.HTTPException as error:
        raise ConnectionError(f"no HTTP answer: {error!r}") from error
    finally:
        connection.close()
    if status != http.HTTPStatus.OK:
        raise ConnectionError(f"/ping answered {status}")


def _prediction(row: dict[str, Any]) -> PredictionMadeV1:
    bands = [
        Band(coverage=level, lower=row[f"lower_{level}"], upper=row[f"upper_{level}"]) for level in COVERAGE_LEVELS
    ]
    return PredictionMadeV1(event_id=row["prediction_id"], at=row["made_at"], bands=bands, **_own(row))


def _own(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in PredictionMadeV1.model_fields}


def _alert(row: dict[str, Any]) -> AlertV1:
    return AlertV1.model_validate(row | {"evidence": orjson.loads(row["evidence"])})
