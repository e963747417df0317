"""From a query to an HTTP response: the whole result at once, or block by block as the engine makes it."""

import json
import secrets
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import IO

from starlette.responses import Response, StreamingResponse

from local_stack.clickhouse_gateway.compression import encode
from local_stack.clickhouse_gateway.engine import Engine, Progress, Query
from local_stack.clickhouse_gateway.errors import ClickHouseError
from local_stack.clickhouse_gateway.request import SPOOL_IN_MEMORY

_PIECE = 256 * 1024
# Below this a compressed answer is hardly smaller and costs more than it saves.
_MIN_COMPRESSED = 1024


class Answer:
    """The answer to one query."""

    def __init__(self, engine: Engine, query: Query, *, encoding: str | None, query_id: str) -> None:
        self._engine = engine
        self._query = query
        self._encoding = encoding
        self._query_id = query_id
        self._progress = Progress()
        self._raw = engine.run(query, self._progress)
        self._exception_tag = secrets.token_hex(8)

    def close(self) -> None:
        """Stop the query if it still runs."""
        self._raw.close()
        if self._query.data is not None:
            self._query.data.close()

    def whole(self, spool: Path) -> Response:
        """Run the query to its end, then answer: an error at any point gets its HTTP status.

        Args:
            spool: The folder for results too large to be kept in memory.

        Raises:
            ClickHouseError: As the engine says.
        """
        try:
            head = next(self._raw, b"")
            second = next(self._raw, None)
            if second is None and len(head) <= SPOOL_IN_MEMORY:
                return self._small(head)
            return self._large(chain([head], [] if second is None else [second], self._raw), spool)
        finally:
            self.close()

    def _small(self, result: bytes) -> Response:
        encoding = self._encoding if len(result) >= _MIN_COMPRESSED else None
        content = b"".join(encode([result], encoding))
        return Response(content, headers=self._headers(encoding, empty=not result, finished=True))

    def _large(self, result: Iterator[bytes], spool: Path) -> Response:
        file = tempfile.SpooledTemporaryFile(SPOOL_IN_MEMORY, dir=str(spool))  # noqa: SIM115 (`_read_out` closes it)
        try:
            file.writelines(encode(result, self._encoding))
        except BaseException:
            file.close()
            raise
        length = {"Content-Length": str(file.tell())}
        headers = self._headers(self._encoding, empty=False, finished=True)
        return StreamingResponse(_read_out(file), headers=headers | length)

    def begin(self) -> tuple[Iterator[bytes], dict[str, str]]:
        """Run the query to its first block.

        Returns:
            The encoded pieces of the response's body, and its headers.

        Raises:
            ClickHouseError: As the engine says. An error after the first block is written into the body instead, in
                the form that clients look for (X-ClickHouse-Exception-Tag).
        """
        first = next(self._raw, b"")
        headers = self._headers(self._encoding, empty=not first, finished=False)
        headers["X-ClickHouse-Exception-Tag"] = self._exception_tag
        return encode(chain([first], self._rest()), self._encoding), headers

    def _rest(self) -> Iterator[bytes]:
        try:
            yield from self._raw
        except ClickHouseError as error:
            text, tag = error.text.encode() + b"\n", self._exception_tag.encode()
            yield b"\r\n__exception__\r\n%s\r\n%s%d %s\r\n__exception__\r\n" % (tag, text, len(text), tag)

    def _headers(self, encoding: str | None, *, empty: bool, finished: bool) -> dict[str, str]:
        headers = {
            "Content-Type": _content_type(self._query.output_format),
            "X-ClickHouse-Query-Id": self._query_id,
            "X-ClickHouse-Timezone": self._engine.timezone,
            "X-ClickHouse-Server-Display-Name": "bellwether-local",
        }
        if self._query.statement.returns_rows or not empty:
            headers["X-ClickHouse-Format"] = self._query.output_format
        if encoding is not None:
            headers |= {"Content-Encoding": encoding, "Vary": "Accept-Encoding"}
        if finished:
            headers["X-ClickHouse-Summary"] = json.dumps({k: str(v) for k, v in asdict(self._progress).items()})
        return headers


def _read_out(file: IO[bytes]) -> Generator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _content_type(output_format: str) -> str:
    if output_format.startswith("JSON"):
        return "application/json; charset=UTF-8" if "EachRow" not in output_format else "application/x-ndjson"
    if output_format.startswith("CSV"):
        return "text/csv; charset=UTF-8"
    if output_format.startswith(("TabSeparated", "TSV")):
        return "text/tab-separated-values; charset=UTF-8"
    if output_format in ("Native", "RowBinary", "Arrow", "ArrowStream", "Parquet", "ORC"):
        return "application/octet-stream"
    return "text/plain; charset=UTF-8"
