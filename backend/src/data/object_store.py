"""Files on S3 by their keys: what the stores of models, evaluations and reports share."""

from typing import TYPE_CHECKING, TypedDict, Unpack

from botocore.exceptions import BotoCoreError, ClientError

from backend.errors import UpstreamError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Headers(TypedDict, total=False):
    """What a client that fetches the file by itself is told of it."""

    ContentType: str
    ContentEncoding: str


class ObjectStore:
    """One bucket. Its troubles are `UpstreamError`s that name the key."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def put(self, key: str, body: bytes, **headers: Unpack[Headers]) -> str:
        """Store a file and return its address. The same content under its key twice is one object.

        Raises:
            UpstreamError: the object store did not take it.
        """
        try:
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, **headers)
        except (BotoCoreError, ClientError) as error:
            raise UpstreamError(f"The object store did not take {key}: {error}") from error
        return f"s3://{self._bucket}/{key}"

    def get(self, key: str) -> bytes:
        """The bytes of a file, unchecked.

        Raises:
            UpstreamError: the object store did not give it.
        """
        try:
            return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except (BotoCoreError, ClientError) as error:
            raise UpstreamError(f"The object store did not give {key}: {error}") from error
