"""Raw bars in Postgres: the truth that snapshots and ClickHouse are made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pandas as pd
from psycopg import Connection as PsycopgConnection
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session, sessionmaker

from backend.src.data.bar_frame import BAR_COLUMNS, canonical
from backend.src.data.orm import PriceCorrection, RawPrice

_VALUES = BAR_COLUMNS[1:]


def _fields(alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in _VALUES)


def _document(alias: str) -> str:
    return "jsonb_build_object(" + ", ".join(f"'{name}', {alias}.{name}" for name in _VALUES) + ")"


# The statements are made of our own column names; values come in by COPY and by bound parameters.
_STAGE = "CREATE TEMP TABLE incoming (LIKE raw_prices INCLUDING DEFAULTS) ON COMMIT DROP"
_COPY = f"COPY incoming (ticker, source, ingest_id, {', '.join(BAR_COLUMNS)}) FROM STDIN"
_RECORD_CHANGED = text(f"""
    INSERT INTO price_corrections (ticker, session, source, before, after, ingest_id)
    SELECT i.ticker, i.session, i.source, {_document("r")}, {_document("i")}, i.ingest_id
    FROM incoming i JOIN raw_prices r ON (r.ticker, r.session, r.source) = (i.ticker, i.session, i.source)
    WHERE ({_fields("r")}) IS DISTINCT FROM ({_fields("i")})
""")  # noqa: S608
_UPSERT = text(f"""
    INSERT INTO raw_prices AS r (ticker, session, source, {", ".join(_VALUES)}, ingest_id)
    SELECT ticker, session, source, {", ".join(_VALUES)}, ingest_id FROM incoming
    ON CONFLICT (ticker, session, source) DO UPDATE
    SET ({", ".join(_VALUES)}, ingest_id, fetched_at) = ({_fields("excluded")}, excluded.ingest_id, now())
    WHERE ({_fields("r")}) IS DISTINCT FROM ({_fields("excluded")})
""")  # noqa: S608
_RECORD_WITHDRAWN = text(f"""
    INSERT INTO price_corrections (ticker, session, source, before, after, ingest_id)
    SELECT r.ticker, r.session, r.source, {_document("r")}, '{{"withdrawn": true}}', :ingest_id
    FROM raw_prices r
    WHERE r.ticker = :ticker AND r.source = :source AND r.session = ANY(:sessions)
""")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Written:
    """What one write did to `raw_prices`."""

    inserted: int
    corrected: int
    withdrawn: int
    unchanged: int


class PriceStore:
    """Reads and writes `raw_prices` and `price_corrections`."""

    def __init__(self, session_factory: sessionmaker[Session]) -> None:
        self._sessions = session_factory

    def read(self, ticker: str, source: str) -> pd.DataFrame:
        """The whole series, `bar_frame.BAR_COLUMNS` in the order of the sessions; empty when none is held."""
        columns = [getattr(RawPrice, name) for name in BAR_COLUMNS]
        query = select(*columns).where(RawPrice.ticker == ticker, RawPrice.source == source)
        with self._sessions() as session:
            rows = session.execute(query.order_by(RawPrice.session)).all()
        return canonical(pd.DataFrame(rows, columns=list(BAR_COLUMNS)))

    def write(
        self, ticker: str, source: str, bars: pd.DataFrame, ingest_id: UUID, withdrawn: Sequence[date] = ()
    ) -> Written:
        """Bring the series to the given bars, in one transaction, and record every bar that changes or goes.

        Args:
            ticker: The symbol.
            source: Who says so.
            bars: New and corrected bars; equal ones are left as they are.
            ingest_id: The run that writes.
            withdrawn: Sessions to take out.
        """
        with self._sessions.begin() as session:
            gone = self._withdraw(session, ticker, source, withdrawn, ingest_id)
            self._stage(session, ticker, source, bars, ingest_id)
            corrected = _rows(session.execute(_RECORD_CHANGED))
            touched = _rows(session.execute(_UPSERT))
        return Written(touched - corrected, corrected, gone, len(bars) - touched)

    def corrections(
        self, ticker: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[list[PriceCorrection], int]:
        """One page of corrections, newest first, and how many there are."""
        query = select(PriceCorrection)
        if ticker is not None:
            query = query.where(PriceCorrection.ticker == ticker)
        page = query.order_by(PriceCorrection.id.desc()).limit(limit).offset(offset)
        with self._sessions() as session:
            total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
            return list(session.scalars(page)), total

    def correction_counts(self) -> dict[tuple[str, str], int]:
        """How many corrections each ticker and source has had."""
        query = select(PriceCorrection.ticker, PriceCorrection.source, func.count()).group_by(
            PriceCorrection.ticker, PriceCorrection.source
        )
        with self._sessions() as session:
            return {(ticker, source): count for ticker, source, count in session.execute(query)}

    @staticmethod
    def _stage(session: Session, ticker: str, source: str, bars: pd.DataFrame, ingest_id: UUID) -> None:
        session.execute(text(_STAGE))
        connection: Any = session.connection().connection.driver_connection
        driver: PsycopgConnection[Any] = connection
        frame = canonical(bars)
        columns = [frame["session"].dt.date.tolist(), *(frame[name].tolist() for name in _VALUES)]
        with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
            for row in zip(*columns, strict=True):
                copy.write_row((ticker, source, ingest_id, *row))

    @staticmethod
    def _withdraw(session: Session, ticker: str, source: str, sessions: Sequence[date], ingest_id: UUID) -> int:
        if not sessions:
            return 0
        key = {"ticker": ticker, "source": source, "sessions": list(sessions), "ingest_id": ingest_id}
        session.execute(_RECORD_WITHDRAWN, key)
        gone = delete(RawPrice).where(
            RawPrice.ticker == ticker, RawPrice.source == source, RawPrice.session.in_(sessions)
        )
        return _rows(session.execute(gone))


def _rows(result: Any) -> int:
    return int(result.rowcount)
