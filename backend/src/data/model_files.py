"""The files of models on S3, addressed by the SHA-256 of their content."""

import hashlib
from typing import TYPE_CHECKING

from backend.src.data.object_store import ObjectStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class ModelFiles:
    """Reads and writes `models/<sha256>.onnx`."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._objects = ObjectStore(s3, bucket)

    def put(self, artifact: bytes) -> tuple[str, str]:
        """Store a file and return its SHA-256 and address. The same content twice is one object.

        Raises:
            UpstreamError: the object store did not take it.
        """
        sha256 = hashlib.sha256(artifact).hexdigest()
        return sha256, self._objects.put(_key(sha256), artifact)

    def get(self, sha256: str) -> bytes:
        """The bytes of a file, unchecked.

        Raises:
            UpstreamError: the object store did not give it.
        """
        return self._objects.get(_key(sha256))


def _key(sha256: str) -> str:
    return f"models/{sha256}.onnx"
