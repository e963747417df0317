"""Daily bars with their indicators in ClickHouse: what charts, features and forecasts read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import pyarrow as pa
from clickhouse_connect.driver.client import Client

from bellwether_contracts.tables import BARS

_SPAN = """
    SELECT ticker, source, any(exchange) AS exchange, min(session) AS first_session, max(session) AS last_session,
           count() AS rows
    FROM bars FINAL
    GROUP BY ticker, source
    ORDER BY ticker, source
"""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which sessions of one ticker are held from one source."""

    ticker: str
    source: str
    exchange: str
    first_session: date
    last_session: date
    rows: int


class BarStore:
    """Reads and writes `bars`.

    A row is replaced by a newer version of the same key; `snapshot` names the Parquet file that the row's latest
    version came from.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def read(
        self, ticker: str, source: str, start: date | None = None, end: date | None = None, limit: int | None = None
    ) -> pd.DataFrame:
        """The bars of one series in the order of their sessions, every column of the table.

        Args:
            ticker: The symbol.
            source: Whose series.
            start: First session, included.
            end: Last session, included.
            limit: At most so many, the newest.

        Returns:
            `session` is a naive midnight (`datetime64[ns]`); an indicator is NaN while its window is not full.
        """
        query = """
            SELECT * FROM bars FINAL
            WHERE ticker = {ticker:String} AND source = {source:String}
              AND session >= {start:Date32} AND session <= {end:Date32}
            ORDER BY session DESC LIMIT {limit:UInt64}
        """
        parameters = {
            "ticker": ticker,
            "source": source,
            "start": start or date(1900, 1, 1),
            "end": end or date(2299, 12, 31),
            "limit": limit if limit is not None else 2**62,
        }
        table = self._client.query_arrow(query, parameters=parameters, use_strings=True)
        frame: pd.DataFrame = table.to_pandas(date_as_object=False, strings_to_categorical=False)
        frame["session"] = pd.to_datetime(frame["session"]).astype("datetime64[ns]")
        return frame.iloc[::-1].reset_index(drop=True)

    def coverage(self) -> list[Coverage]:
        """First and last session and row count of every series held."""
        return [Coverage(*row) for row in self._client.query(_SPAN).result_rows]

    def insert(self, rows: pd.DataFrame, token: str) -> None:
        """Write new versions of rows in one block.

        Args:
            rows: Every column of the table but those with a default (there are none).
            token: Names this write: the server drops a repeat of it, so a retry after a lost answer is harmless.
        """
        table = pa.Table.from_pandas(rows, preserve_index=False)
        session = table.schema.get_field_index("session")
        table = table.set_column(session, "session", table.column("session").cast(pa.date32()))
        self._client.insert_arrow(BARS, table, settings={"insert_deduplication_token": token})

    def delete(self, ticker: str, source: str, sessions: Sequence[date]) -> None:
        """Take sessions out that the truth no longer holds; returns when they are gone."""
        self._client.command(
            """
            DELETE FROM bars
            WHERE ticker = {ticker:String} AND source = {source:String} AND session IN {sessions:Array(Date32)}
            """,
            parameters={"ticker": ticker, "source": source, "sessions": list(sessions)},
            settings={"lightweight_deletes_sync": 2},
        )
