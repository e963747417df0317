"""What a model forecast out of sample, row by row: a Parquet file on S3, addressed by the SHA-256 of its content."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from backend.errors import DataQualityError
from backend.src.data.object_store import ObjectStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Floats = NDArray[np.float64]
_BLOCKS = ("forecast", "sigma", "actual")


@dataclass(frozen=True, slots=True)
class OutOfSample:
    """Forecasts of the walk-forward, made by models that had not seen their rows, in order of time.

    Attributes:
        sessions: [n] sessions at whose close each row was forecast.
        fold: [n] number of the fold that forecast it.
        forecast: [n, H] log returns over 1 to H sessions.
        sigma: [n, H] forecast standard deviations of those.
        actual: [n, H] log returns that came; NaN where the snapshot ends before.
    """

    sessions: pd.DatetimeIndex
    fold: NDArray[np.int64]
    forecast: Floats
    sigma: Floats
    actual: Floats

    def __len__(self) -> int:
        return len(self.sessions)

    def take(self, rows: NDArray[np.bool_] | slice) -> "OutOfSample":
        """Some of the rows."""
        return OutOfSample(
            self.sessions[rows], self.fold[rows], self.forecast[rows], self.sigma[rows], self.actual[rows]
        )

    def labelled(self) -> "OutOfSample":
        """The rows whose every outcome is known: those that models are graded on."""
        return self.take(np.asarray(np.isfinite(self.actual).all(axis=1)))

    def to_parquet(self) -> bytes:
        """The same bytes for the same content."""
        columns: dict[str, pa.Array] = {
            "session": pa.array(self.sessions.to_numpy().astype("datetime64[D]"), pa.date32()),
            "fold": pa.array(self.fold, pa.int64()),
        }
        for block in _BLOCKS:
            values = getattr(self, block)
            columns |= {f"{block}_{h}": pa.array(values[:, h - 1]) for h in range(1, values.shape[1] + 1)}
        buffer = io.BytesIO()
        pq.write_table(pa.table(columns), buffer, compression="zstd", compression_level=3, version="2.6")
        return buffer.getvalue()


def concatenate(parts: Sequence[OutOfSample]) -> OutOfSample:
    """Parts that follow each other in time, as one."""
    blocks = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ("fold", *_BLOCKS)}
    sessions = np.concatenate([part.sessions.to_numpy() for part in parts])
    return OutOfSample(pd.DatetimeIndex(sessions, name="session"), **blocks)


def from_parquet(content: bytes) -> OutOfSample:
    """Read back what `OutOfSample.to_parquet` wrote."""
    frame = pq.read_table(pa.BufferReader(content)).to_pandas(date_as_object=False)
    horizons = sum(str(name).startswith("forecast_") for name in frame.columns)
    blocks = {
        block: np.ascontiguousarray(frame[[f"{block}_{h}" for h in range(1, horizons + 1)]].to_numpy(np.float64))
        for block in _BLOCKS
    }
    sessions = pd.DatetimeIndex(frame["session"], name="session").as_unit("ns")
    return OutOfSample(sessions, frame["fold"].to_numpy(np.int64), **blocks)


class EvaluationFiles:
    """Reads and writes `evaluations/<sha256>.parquet`."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._objects = ObjectStore(s3, bucket)

    def put(self, rows: OutOfSample) -> str:
        """Store the rows and return the file's SHA-256. The same content twice is one object.

        Raises:
            UpstreamError: the object store did not take it.
        """
        content = rows.to_parquet()
        sha256 = hashlib.sha256(content).hexdigest()
        self._objects.put(_key(sha256), content)
        return sha256

    def get(self, sha256: str) -> OutOfSample:
        """The rows of a file.

        Raises:
            UpstreamError: the object store did not give it.
            DataQualityError: its bytes do not have that hash.
        """
        content = self._objects.get(_key(sha256))
        actual = hashlib.sha256(content).hexdigest()
        if actual != sha256:
            raise DataQualityError(f"Evaluation {sha256} is damaged: its bytes hash to {actual}.")
        return from_parquet(content)


def _key(sha256: str) -> str:
    return f"evaluations/{sha256}.parquet"
