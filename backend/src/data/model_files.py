"""The files of models on S3, addressed by the SHA-256 of their content."""

import hashlib
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from backend.errors import UpstreamError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class ModelFiles:
    """Reads and writes `models/<sha256>.onnx`."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def put(self, artifact: bytes) -> tuple[str, str]:
        """Store a file and return its SHA-256 and address. The same content twice is one object.

        Raises:
            UpstreamError: the object store did not take it.
        """
        sha256 = hashlib.sha256(artifact).hexdigest()
        try:
            self._s3.put_object(Bucket=self._bucket, Key=_key(sha256), Body=artifact)
        except (BotoCoreError, ClientError) as error:
            raise UpstreamError(f"The object store did not take the model's file: {error}") from error
        return sha256, f"s3://{self._bucket}/{_key(sha256)}"

    def get(self, sha256: str) -> bytes:
        """The bytes of a file, unchecked.

        Raises:
            UpstreamError: the object store did not give it.
        """
        try:
            return self._s3.get_object(Bucket=self._bucket, Key=_key(sha256))["Body"].read()
        except (BotoCoreError, ClientError) as error:
            raise UpstreamError(f"The object store did not give models/{sha256}.onnx: {error}") from error


def _key(sha256: str) -> str:
    return f"models/{sha256}.onnx"
