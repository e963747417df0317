"""The embedded engine: one process owns the directory, every request gets a handle of its own.

A handle costs 0.1 ms, has its own settings and current database, and runs beside the others: so no request sees
another's settings, and a long query holds up nobody.
"""

import os
import re
import sys
import threading
import time
import uuid
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any, Self

from local_stack.clickhouse_gateway import engine_config
from local_stack.clickhouse_gateway.data_directory import DataDirectory
from local_stack.clickhouse_gateway.engine_config import EngineLimits
from local_stack.clickhouse_gateway.errors import ClickHouseError, DataDirectoryError
from local_stack.clickhouse_gateway.handle import Handle, Stream
from local_stack.clickhouse_gateway.sql import Statement

_INSERT_PIECE = 1024 * 1024
_CLOSE_TIMEOUT_S = 4.0
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True)
class Scope:
    """What a request sets beside its statement."""

    database: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    readonly: bool = False


@dataclass(frozen=True)
class Query:
    """One statement to run; `data` holds an INSERT's data, from its current position to its end.

    The engine gives no way to name a query, so it is found among the running ones by its `tag`.
    """

    statement: Statement
    sql: bytes
    output_format: str
    scope: Scope
    data: IO[bytes] | None = None
    tag: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass
class Progress:
    """What a query has read and written, once it has run."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    elapsed_ns: int = 0


class Engine:
    """The engine over one data directory."""

    def __init__(self, address: str, keeper: Handle) -> None:
        self._address = address
        # The engine lives as long as one handle is open: this one is never used for requests.
        self._keeper = keeper
        self._open_handles = 0
        self._idle = threading.Condition()
        about = self._keeper.query(b"SELECT version(), timezone()", "TSV").bytes().decode()
        self.version, self.timezone = about.split()

    @classmethod
    def start(cls, directory: DataDirectory, limits: EngineLimits) -> Self:
        """Open the data directory with the engine.

        Raises:
            DataDirectoryError: The engine can't read what is there.
        """
        engine_config.write(directory.config_file, limits)
        address = f"{directory.engine}?config-file={directory.config_file}"
        try:
            return cls(address, _import_chdb().connect(address))
        except RuntimeError as error:
            reason = ClickHouseError.of_engine(error).text.splitlines()[0]
            raise DataDirectoryError(f"the engine can't open {directory.engine}: {reason}") from error

    def run(self, query: Query, progress: Progress) -> Generator[bytes]:
        """Run a statement and yield its result piece by piece; fill in `progress` at the end.

        Raises:
            ClickHouseError: As the engine says.
        """
        started = time.perf_counter_ns()
        try:
            with self._handle(query.scope, query.tag) as handle:
                yield from _run(handle, query, progress)
        except (RuntimeError, _import_chdb().ChdbError) as error:
            raise ClickHouseError.of_engine(error) from error
        progress.elapsed_ns = time.perf_counter_ns() - started

    @contextmanager
    def _handle(self, scope: Scope, tag: str) -> Iterator[Handle]:
        with self._idle:
            self._open_handles += 1
        try:
            with _import_chdb().connect(self._address) as handle:
                _enter(handle, scope, tag)
                yield handle
        finally:
            with self._idle:
                self._open_handles -= 1
                self._idle.notify_all()

    def cancel(self, query: Query) -> None:
        """Stop one running query; one that has ended is left alone."""
        with _import_chdb().connect(self._address) as handle:
            handle.query(f"KILL QUERY WHERE Settings['log_comment'] = {quote(query.tag)}".encode(), "TSV")

    def stop_reads(self) -> None:
        """Stop every statement that runs, but let inserts finish."""
        if self._open_handles:
            self._keeper.query(b"KILL QUERY WHERE NOT match(query, '(?i)^\\\\s*(KILL|INSERT)')", "TSV")

    def close(self) -> bool:
        """Stop what still runs and close the engine; False when something would not stop in time."""
        if self._open_handles:
            self._keeper.query(b"KILL QUERY WHERE NOT startsWith(query, 'KILL')", "TSV")
        with self._idle:
            stopped = self._idle.wait_for(lambda: not self._open_handles, _CLOSE_TIMEOUT_S)
        self._keeper.close()
        return stopped


def _import_chdb() -> Any:
    """Import the engine (0.3 s), in UTC, without pyarrow.

    The engine reads the time zone when it is loaded. Its Python half imports pyarrow where it finds it, for Python
    objects that the gateway never asks for: 45 MB.
    """
    if "chdb" not in sys.modules:
        os.environ["TZ"] = "UTC"
        time.tzset()
        sys.modules.setdefault("pyarrow", None)  # type: ignore[arg-type]  # the import system's own "not there"
    import chdb

    return chdb


def _enter(handle: Handle, scope: Scope, tag: str) -> None:
    """Give a new handle the request's settings and database."""
    _set(handle, {**scope.settings, "log_comment": tag})
    if scope.readonly:
        _set(handle, {"readonly": "2"})
    if scope.database:
        handle.query(f"USE {quote(scope.database, '`')}".encode(), "TSV")


def _set(handle: Handle, assignments: Mapping[str, str]) -> None:
    if assignments:
        listed = ", ".join(f"{_name(name)} = {quote(value)}" for name, value in assignments.items())
        handle.query(f"SET {listed}".encode(), "TSV")


def _name(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else quote(name, "`")


def quote(text: str, mark: str = "'") -> str:
    """Quote a string literal, or with a backtick an identifier."""
    return mark + text.replace("\\", "\\\\").replace(mark, "\\" + mark) + mark


def _run(handle: Handle, query: Query, progress: Progress) -> Iterator[bytes]:
    if query.data is not None:
        _insert(handle, query, query.data, progress)
    elif query.statement.streamable_as(query.output_format):
        yield from _stream(handle.send_query(query.sql, query.output_format, query.scope.parameters), progress)
    else:
        result = handle.query(query.sql, query.output_format, query.scope.parameters)
        progress.read_rows, progress.read_bytes = result.rows_read(), result.bytes_read()
        progress.written_rows, progress.written_bytes = result.rows_written(), result.bytes_written()
        yield result.bytes()


def _stream(result: Stream, progress: Progress) -> Iterator[bytes]:
    with result:
        for block in result:
            progress.read_rows += block.rows_read()
            progress.read_bytes += block.bytes_read()
            yield block.bytes()


def _insert(handle: Handle, query: Query, data: IO[bytes], progress: Progress) -> None:
    """Push the data through the engine in constant memory; nothing is committed unless all of it parses."""
    # An inserter takes no parameters, its handle does.
    _set(handle, {f"param_{name}": value for name, value in query.scope.parameters.items()})
    with handle.send_insert(query.sql, query.statement.format or "Values") as inserter:
        while piece := data.read(_INSERT_PIECE):
            inserter.append(piece)
        result = inserter.finish()
    progress.written_rows, progress.written_bytes = result.rows_written, result.bytes_written
