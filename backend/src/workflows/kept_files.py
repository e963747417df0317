"""Files on S3 that nothing refers to: what a failed training or a simulated market left, and superseded snapshots."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine, text

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIXES = ("datasets/", "models/", "evaluations/", "reports/")

_SUPERSEDED = """
    DELETE FROM snapshots s
    WHERE s.created_at < :moment
      AND s.seq < (SELECT max(n.seq) FROM snapshots n WHERE (n.ticker, n.source) = (s.ticker, s.source))
      AND NOT EXISTS (SELECT FROM models m WHERE m.snapshot = s.sha256 OR m.evidence::text LIKE '%' || s.sha256 || '%')
"""
"""Rows of snapshots that are not the newest of their series and that no model learned from, alone or in a panel."""

_REFERRED = """
    SELECT 'datasets/' || sha256 || '.parquet' FROM snapshots
    UNION SELECT 'models/' || artifact_sha256 || '.onnx' FROM models WHERE artifact_sha256 IS NOT NULL
    UNION SELECT 'evaluations/' || evaluation_sha256 || '.parquet' FROM models WHERE evaluation_sha256 IS NOT NULL
    UNION SELECT report_key FROM drift_checks WHERE report_key IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class _File:
    key: str
    size: int
    written: datetime


class KeptFiles:
    """Finds files without a row that names them. A file is written before its row, so that young ones are let be."""

    def __init__(self, meta: Engine, s3: "S3Client", bucket: str) -> None:
        self._meta = meta
        self._s3 = s3
        self._bucket = bucket

    def orphans_held(self) -> tuple[int, str, datetime | None]:
        """Bytes of files that nothing refers to, their unit, and when the oldest was written."""
        found = self._orphans()
        return sum(file.size for file in found), "bytes", min((file.written for file in found), default=None)

    def delete_older(self, moment: datetime) -> int:
        """Forget superseded snapshots, then delete files that nothing refers to; how many files that were."""
        with self._meta.begin() as connection:
            connection.execute(text(_SUPERSEDED), {"moment": moment})
        old = [file for file in self._orphans() if file.written < moment]
        for file in old:
            self._s3.delete_object(Bucket=self._bucket, Key=file.key)
        return len(old)

    def _orphans(self) -> list[_File]:
        # Listed first: a file whose row comes in between is then found to be referred to.
        files = [file for prefix in PREFIXES for file in self._files(prefix)]
        with self._meta.connect() as connection:
            referred = set(connection.scalars(text(_REFERRED)))
        return [file for file in files if file.key not in referred]

    def _files(self, prefix: str) -> Iterator[_File]:
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                yield _File(item["Key"], item["Size"], item["LastModified"].astimezone(UTC))
