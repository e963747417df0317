"""What the gateway uses of a chdb connection. The package's own annotations leave out that SQL may be bytes."""

from collections.abc import Iterator, Mapping
from typing import Protocol, Self


class Result(Protocol):
    """A result in the asked format, or one block of it."""

    def bytes(self) -> bytes: ...  # noqa: D102
    def rows_read(self) -> int: ...  # noqa: D102
    def bytes_read(self) -> int: ...  # noqa: D102
    def rows_written(self) -> int: ...  # noqa: D102
    def bytes_written(self) -> int: ...  # noqa: D102


class Stream(Protocol):
    """A running query; leaving its context cancels it."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *exc_info: object) -> object: ...
    def __iter__(self) -> Iterator[Result]: ...


class InsertResult(Protocol):
    """What an INSERT wrote."""

    rows_written: int
    bytes_written: int


class Inserter(Protocol):
    """A running INSERT; leaving its context before `finish` takes it back."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *exc_info: object) -> object: ...
    def append(self, data: bytes) -> None: ...  # noqa: D102
    def finish(self) -> InsertResult: ...  # noqa: D102


class Handle(Protocol):
    """A connection: its own settings and current database, one statement at a time."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *exc_info: object) -> object: ...
    def query(self, query: bytes, format: str, params: Mapping[str, str] | None = None) -> Result: ...  # noqa: D102
    def send_query(self, query: bytes, format: str, params: Mapping[str, str] | None = None) -> Stream: ...  # noqa: D102
    def send_insert(self, query: bytes, format: str) -> Inserter: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102
