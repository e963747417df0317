"""HTTP content encodings, both ways and piece by piece: lz4 (frames), zstd, gzip and deflate."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import lz4.frame  # type: ignore[import-untyped]
import zstandard

from local_stack.clickhouse_gateway.errors import CANNOT_DECOMPRESS, UNKNOWN_COMPRESSION_METHOD, ClickHouseError

_GZIP_WINDOW = 31
_ZLIB_WINDOW = 15
_LEVEL = 3  # the level at which zstd and gzip still keep up with the engine


class _Decompressor(Protocol):
    def decompress(self, data: bytes, /) -> bytes: ...

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes | None: ...


_DECOMPRESSORS: dict[str, Callable[[], _Decompressor]] = {
    "lz4": lz4.frame.LZ4FrameDecompressor,
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
    "gzip": lambda: zlib.decompressobj(_GZIP_WINDOW),
    "deflate": lambda: zlib.decompressobj(_ZLIB_WINDOW),
}
# Cheapest first: the client is on the same machine.
ENCODINGS = ("lz4", "zstd", "gzip", "deflate")


class Decoder:
    """Decodes a request body as it arrives; a body may be several frames one after another."""

    def __init__(self, encoding: str) -> None:
        """Take a Content-Encoding; the empty string and `identity` mean none.

        Raises:
            ClickHouseError: The encoding is not one of `ENCODINGS`.
        """
        self._encoding = encoding.strip().lower()
        if self._encoding not in ("", "identity", *ENCODINGS):
            raise ClickHouseError.of_gateway(
                UNKNOWN_COMPRESSION_METHOD,
                f"Unknown Content-Encoding '{encoding}'; allowed are {', '.join(ENCODINGS)} and identity.",
            )
        self._current: _Decompressor | None = None

    def feed(self, data: bytes) -> bytes:
        """Decode the next piece.

        Raises:
            ClickHouseError: The data is not what the encoding says.
        """
        if self._encoding not in _DECOMPRESSORS:
            return data
        try:
            return b"".join(self._frames(data))
        except (RuntimeError, zlib.error, zstandard.ZstdError, EOFError) as error:
            raise ClickHouseError.of_gateway(
                CANNOT_DECOMPRESS, f"The request body is not valid {self._encoding}: {error}."
            ) from error

    def _frames(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._current is None:
                self._current = _DECOMPRESSORS[self._encoding]()
            yield self._current.decompress(data)
            if not self._current.eof:
                return
            data = self._current.unused_data or b""
            self._current = None

    def finish(self) -> None:
        """Say that the body has ended.

        Raises:
            ClickHouseError: It ended inside a frame.
        """
        if self._current is not None:
            raise ClickHouseError.of_gateway(CANNOT_DECOMPRESS, f"The {self._encoding} request body is cut short.")


def choose(accept_encoding: str) -> str | None:
    """Choose the response's encoding from an Accept-Encoding header; None means none of ours is accepted."""
    accepted = {name.strip().lower() for name, quality in map(_split_quality, accept_encoding.split(",")) if quality}
    return next((encoding for encoding in ENCODINGS if encoding in accepted), None)


def _split_quality(item: str) -> tuple[str, bool]:
    name, _, parameters = item.partition(";")
    return name, parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")


def encode(chunks: Iterable[bytes], encoding: str | None) -> Iterator[bytes]:
    """Compress a response as one frame; chunks that the codec still holds back are left out until they come."""
    if encoding is None:
        yield from filter(None, chunks)
        return
    compress, finish, head = _compressor(encoding)
    if head:
        yield head
    yield from filter(None, map(compress, chunks))
    yield finish()


def _compressor(encoding: str) -> tuple[Callable[[bytes], bytes], Callable[[], bytes], bytes]:
    if encoding == "lz4":
        frame = lz4.frame.LZ4FrameCompressor()
        head = frame.begin()
        return frame.compress, frame.flush, head
    if encoding == "zstd":
        zstd = zstandard.ZstdCompressor(level=_LEVEL).compressobj()
        return zstd.compress, zstd.flush, b""
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW if encoding == "gzip" else _ZLIB_WINDOW)
    return deflate.compress, deflate.flush, b""
