"""Reports as HTML files on S3, addressed by the SHA-256 of their content and kept compressed."""

import gzip
import hashlib
from typing import TYPE_CHECKING

from backend.src.data.object_store import ObjectStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class ReportFiles:
    """Reads and writes `reports/drift/<sha256>.html`."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._objects = ObjectStore(s3, bucket)

    def put(self, html: bytes) -> str:
        """Store a report and return its key.

        Raises:
            UpstreamError: the object store did not take it.
        """
        key = f"reports/drift/{hashlib.sha256(html).hexdigest()}.html"
        body = gzip.compress(html, compresslevel=6, mtime=0)
        self._objects.put(key, body, ContentType="text/html; charset=utf-8", ContentEncoding="gzip")
        return key

    def get_compressed(self, key: str) -> bytes:
        """A report as it is kept: compressed with gzip.

        Raises:
            UpstreamError: the object store did not give it.
        """
        return self._objects.get(key)
