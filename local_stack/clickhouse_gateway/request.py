"""From an HTTP request to a query: where the SQL, its data, settings, parameters and credentials are."""

import base64
import binascii
import hmac
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from local_stack.clickhouse_gateway import sql
from local_stack.clickhouse_gateway.compression import Decoder
from local_stack.clickhouse_gateway.engine import Query, Scope
from local_stack.clickhouse_gateway.errors import (
    AUTHENTICATION_FAILED,
    INCORRECT_DATA,
    NOT_IMPLEMENTED,
    REQUIRED_PASSWORD,
    TOO_MANY_BYTES,
    ClickHouseError,
)

DEFAULT_FORMAT = "TabSeparated"
SPOOL_IN_MEMORY = 4 * 1024 * 1024
_MAX_SQL_BYTES = 16 * 1024 * 1024
# An INSERT's statement must end within this many bytes; what follows is data and isn't looked at.
_MAX_INSERT_STATEMENT = 1024 * 1024

# Parameters of the transport. Those that ask for what can't be had are refused in `_refuse_unsupported`; a session
# is accepted and has no memory: each request stands alone.
_TRANSPORT = frozenset(
    {
        *("query", "database", "default_format", "user", "password", "quota_key", "role"),
        *("query_id", "session_id", "session_timeout", "session_check", "close_session"),
        *("compress", "decompress", "buffer_size", "wait_end_of_query", "client_protocol_version", "stacktrace"),
    }
)


@dataclass(frozen=True)
class Limits:
    """What a request may take."""

    max_body_bytes: int
    spool: Path


def authenticate(request: Request, password: str) -> None:
    """Check the request's password; any user may come when none is configured.

    Raises:
        ClickHouseError: The password is missing or wrong.
    """
    if not password:
        return
    given = _given_password(request)
    if given is None:
        raise ClickHouseError.of_gateway(REQUIRED_PASSWORD, "A password is required.")
    if not hmac.compare_digest(given.encode(), password.encode()):
        raise ClickHouseError.of_gateway(AUTHENTICATION_FAILED, "Authentication failed: the password is incorrect.")


def _given_password(request: Request) -> str | None:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return request.headers.get("x-clickhouse-key", request.query_params.get("password"))


async def read(request: Request, limits: Limits) -> Query:
    """Read a request whole (its data to a file when it is large) and tell what it asks for.

    Raises:
        ClickHouseError: The request can't be understood, or is larger than allowed.
    """
    parameters = dict(request.query_params)
    _refuse_unsupported(parameters)
    body = tempfile.SpooledTemporaryFile(SPOOL_IN_MEMORY, dir=str(limits.spool))  # noqa: SIM115 (the query closes it)
    try:
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            parameters |= await _form_fields(request)
        else:
            await _receive(request, body, limits.max_body_bytes)
        return _query(request, parameters, body)
    except BaseException:
        body.close()
        raise


def _refuse_unsupported(parameters: Mapping[str, str]) -> None:
    for name in ("compress", "decompress"):
        if parameters.get(name, "0") not in ("0", "false", ""):
            raise ClickHouseError.of_gateway(
                NOT_IMPLEMENTED,
                f"'{name}' (ClickHouse's own block compression) is not supported; use Content- and Accept-Encoding.",
            )


async def _form_fields(request: Request) -> dict[str, str]:
    try:
        async with request.form() as form:
            fields = {name: value for name, value in form.items() if not isinstance(value, UploadFile)}
            files = sorted(set(form) - set(fields))
    except HTTPException as error:
        raise ClickHouseError.of_gateway(INCORRECT_DATA, f"The form can't be read: {error.detail}.") from error
    if files:
        raise ClickHouseError.of_gateway(NOT_IMPLEMENTED, f"External tables are not supported: {', '.join(files)}.")
    return fields


async def _receive(request: Request, body: IO[bytes], limit: int) -> None:
    """Decode the body into a file, and stop as soon as it is too large."""
    size = 0
    async for piece in _decoded(request):
        size += len(piece)
        if size > limit:
            raise ClickHouseError.of_gateway(
                TOO_MANY_BYTES, f"The request body is larger than the limit of {limit} bytes; send it in smaller parts."
            )
        body.write(piece)
    body.seek(0)


async def _decoded(request: Request) -> AsyncIterator[bytes]:
    decoder = Decoder(request.headers.get("content-encoding", ""))
    async for piece in request.stream():
        yield decoder.feed(piece)
    decoder.finish()


def _query(request: Request, parameters: Mapping[str, str], body: IO[bytes]) -> Query:
    prefix = parameters.get("query", "").encode()
    prefix += b"\n" if prefix else b""
    head = prefix + body.read(_MAX_INSERT_STATEMENT)
    statement = sql.parse(head)
    headers = request.headers
    output_format = statement.format or parameters.get("default_format") or headers.get("x-clickhouse-format")
    scope = _scope(request, parameters)
    if statement.data_start is None:
        return Query(statement, _whole_sql(head, body), output_format or DEFAULT_FORMAT, scope)
    data = _data(head, statement.data_start, len(prefix), body)
    return Query(statement, head[: statement.sql_end], DEFAULT_FORMAT, scope, data)


def _whole_sql(head: bytes, body: IO[bytes]) -> bytes:
    text = head + body.read(_MAX_SQL_BYTES)
    if body.read(1):
        raise ClickHouseError.of_gateway(TOO_MANY_BYTES, f"The statement is longer than {_MAX_SQL_BYTES} bytes.")
    body.close()
    return text


def _data(head: bytes, start: int, prefix: int, body: IO[bytes]) -> IO[bytes]:
    """The INSERT's data as a file: the body from where the statement ends, or what the URL itself holds."""
    if start >= prefix:
        body.seek(start - prefix)
        return body
    inline = tempfile.SpooledTemporaryFile(SPOOL_IN_MEMORY)  # noqa: SIM115 (the query closes it)
    inline.write(head[start:])
    while piece := body.read(SPOOL_IN_MEMORY):
        inline.write(piece)
    body.close()
    inline.seek(0)
    return inline


def _scope(request: Request, parameters: Mapping[str, str]) -> Scope:
    database = parameters.get("database") or request.headers.get("x-clickhouse-database", "")
    settings = {k: v for k, v in parameters.items() if k not in _TRANSPORT and not k.startswith("param_")}
    bound = {k.removeprefix("param_"): v for k, v in parameters.items() if k.startswith("param_")}
    return Scope(database, settings, bound, readonly=request.method in ("GET", "HEAD"))
