"""Immutable Parquet snapshots of a ticker's series on S3, addressed by the SHA-256 of the file."""

import hashlib
import io
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from botocore.exceptions import ClientError
from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session, aliased, sessionmaker

from backend.errors import DataQualityError, NotFoundError
from backend.src.data.bar_frame import BAR_COLUMNS, canonical
from backend.src.data.instrument_store import PLANTED, SAMPLE
from backend.src.data.orm import Snapshot

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_SCHEMA = [
    (name, pa.date32() if name == "session" else pa.int64() if name == "volume" else pa.float64())
    for name in BAR_COLUMNS
]


def parquet_bytes(bars: pd.DataFrame, ticker: str, source: str) -> bytes:
    """The same bytes for the same series: fixed columns, types, order and compression, no time of writing.

    The ticker and the source are in the file, so that two series with equal bars are still two snapshots.
    """
    schema = pa.schema(_SCHEMA, metadata={"ticker": ticker, "source": source})
    table = pa.Table.from_pandas(canonical(bars), schema=schema, preserve_index=False)
    buffer = io.BytesIO()
    # store_schema would embed the Arrow library's own encoding of the schema, pandas' metadata is dropped likewise.
    pq.write_table(
        table.replace_schema_metadata(schema.metadata), buffer, compression="zstd", compression_level=3, version="2.6"
    )
    return buffer.getvalue()


class SnapshotStore:
    """Reads and writes `snapshots` and `datasets/<sha256>.parquet`."""

    def __init__(self, session_factory: sessionmaker[Session], s3: "S3Client", bucket: str) -> None:
        self._sessions = session_factory
        self._s3 = s3
        self._bucket = bucket

    def latest(self, ticker: str, source: str | None = None) -> Snapshot | None:
        """The newest snapshot of a ticker, or None.

        Args:
            ticker: The symbol.
            source: Whose series; None means the newest from a real source, else the sample's.
        """
        query = select(Snapshot).where(Snapshot.ticker == ticker)
        if source is not None:
            query = query.where(Snapshot.source == source)
        real_first = case({SAMPLE: 1, PLANTED: 2}, value=Snapshot.source, else_=0)
        with self._sessions() as session:
            return session.scalars(query.order_by(real_first, Snapshot.seq.desc()).limit(1)).first()

    def peers(self, snapshot: Snapshot, limit: int) -> list[Snapshot]:
        """The newest snapshots of other tickers from the same source, those with the most sessions first."""
        newest = (
            select(Snapshot)
            .where(Snapshot.source == snapshot.source, Snapshot.ticker != snapshot.ticker)
            .ext(distinct_on(Snapshot.ticker))
            .order_by(Snapshot.ticker, Snapshot.seq.desc())
        )
        peer = aliased(Snapshot, newest.subquery())
        with self._sessions() as session:
            return list(session.scalars(select(peer).order_by(peer.rows.desc(), peer.ticker).limit(limit)))

    def get(self, sha256: str) -> Snapshot:
        """The row of one snapshot.

        Raises:
            NotFoundError: No snapshot has that hash.
        """
        with self._sessions() as session:
            found = session.get(Snapshot, sha256)
        if found is None:
            raise NotFoundError(f"No snapshot has the hash {sha256[:64]}.")
        return found

    def load(self, sha256: str) -> pd.DataFrame:
        """The bars of a snapshot: `session` (`datetime64[ns]`), open ... split_ratio, in the order of the sessions.

        Raises:
            NotFoundError: The object is not there.
            DataQualityError: Its bytes do not have that hash.
        """
        body = self._read(sha256)
        actual = hashlib.sha256(body).hexdigest()
        if actual != sha256:
            raise DataQualityError(f"Snapshot {sha256} is damaged: its bytes hash to {actual}.")
        return canonical(pq.read_table(pa.BufferReader(body)).to_pandas(date_as_object=False))

    def put(self, bars: pd.DataFrame, ticker: str, exchange: str, source: str) -> Snapshot:
        """Store a series, if it is not stored already: the object first, then the row that vouches for it."""
        body = parquet_bytes(bars, ticker, source)
        sha256 = hashlib.sha256(body).hexdigest()
        if not self._intact(sha256, len(body)):
            self._s3.put_object(Bucket=self._bucket, Key=_key(sha256), Body=body)
        sessions = canonical(bars)["session"].dt.date
        latest = self.latest(ticker, source)
        if latest is not None and latest.sha256 == sha256:
            return latest
        statement = insert(Snapshot).values(
            sha256=sha256,
            ticker=ticker,
            exchange=exchange,
            source=source,
            first_session=sessions.iloc[0],
            last_session=sessions.iloc[-1],
            rows=len(bars),
            uri=f"s3://{self._bucket}/{_key(sha256)}",
        )
        # A series that a correction took back to an earlier state is the newest again.
        again = func.nextval(func.pg_get_serial_sequence(Snapshot.__tablename__, Snapshot.seq.name))
        with self._sessions.begin() as session:
            session.execute(statement.on_conflict_do_update(index_elements=[Snapshot.sha256], set_={"seq": again}))
        return self.get(sha256)

    def _intact(self, sha256: str, size: int) -> bool:
        try:
            return self._s3.head_object(Bucket=self._bucket, Key=_key(sha256))["ContentLength"] == size
        except ClientError as error:
            if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NotFound"}:
                return False
            raise

    def _read(self, sha256: str) -> bytes:
        try:
            return self._s3.get_object(Bucket=self._bucket, Key=_key(sha256))["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NotFound"}:
                raise NotFoundError(f"The object store has no snapshot {sha256[:64]}.") from error
            raise


def _key(sha256: str) -> str:
    return f"datasets/{sha256}.parquet"
