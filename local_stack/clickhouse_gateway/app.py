"""The HTTP interface: /ping, and / for every statement."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import structlog
from anyio import CancelScope, CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from local_stack.clickhouse_gateway import request as requests
from local_stack.clickhouse_gateway.answer import Answer
from local_stack.clickhouse_gateway.compression import choose
from local_stack.clickhouse_gateway.engine import Engine, Query
from local_stack.clickhouse_gateway.errors import ClickHouseError
from local_stack.clickhouse_gateway.request import Limits

_SLOW_S = 1.0
_LOGGED_SQL = 200

log = structlog.get_logger("clickhouse_gateway")
T = TypeVar("T")


@dataclass(frozen=True)
class GatewaySettings:
    """How the gateway answers."""

    limits: Limits
    password: str = ""
    threads: int = 8


class Gateway:
    """Answers requests by running them on the engine, each in a thread of its own."""

    def __init__(self, engine: Engine, settings: GatewaySettings) -> None:
        self._engine = engine
        self._settings = settings
        self._threads = CapacityLimiter(settings.threads)

    async def ping(self, _request: Request) -> Response:
        """Say that the gateway is up; never waits for a query."""
        return PlainTextResponse("Ok.\n")

    async def statement(self, request: Request) -> Response:
        """Run the statement that a request holds."""
        query_id = request.query_params.get("query_id") or str(uuid.uuid4())
        try:
            requests.authenticate(request, self._settings.password)
            if request.method != "POST" and "query" not in request.query_params:
                return PlainTextResponse("Ok.\n")
            query = await requests.read(request, self._settings.limits)
            return await self._answer(request, query, query_id)
        except ClickHouseError as error:
            return self._refusal(error, query_id)
        except ClientDisconnect:
            log.warning("client went away", query_id=query_id)
            return Response(status_code=400)

    async def _answer(self, request: Request, query: Query, query_id: str) -> Response:
        encoding = None
        if request.query_params.get("enable_http_compression", "1") not in ("0", "false"):
            encoding = choose(request.headers.get("accept-encoding", ""))
        answer = Answer(self._engine, query, encoding=encoding, query_id=query_id)
        waits = request.query_params.get("wait_end_of_query", "0") not in ("0", "false")
        started = time.perf_counter()
        if query.statement.streamable_as(query.output_format) and not waits:
            running = self._streamed(answer)
        else:
            running = self._in_thread(lambda: answer.whole(self._settings.limits.spool))
        response = await self._while_wanted(request, query, running)
        _note_slow(query, query_id, time.perf_counter() - started)
        return response

    async def _while_wanted(self, request: Request, query: Query, running: Awaitable[Response]) -> Response:
        """Stop a read whose client goes away, or a few impatient clients would take every thread."""
        watch = asyncio.create_task(self._cancel_when_gone(request, query))
        try:
            return await running
        finally:
            watch.cancel()

    async def _cancel_when_gone(self, request: Request, query: Query) -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        if query.statement.returns_rows:
            log.info("client went away, stopping its query", sql=query.sql[:_LOGGED_SQL].decode(errors="replace"))
            await to_thread.run_sync(self._engine.cancel, query)

    async def _streamed(self, answer: Answer) -> Response:
        try:
            pieces, headers = await self._in_thread(answer.begin)
        except BaseException:
            answer.close()
            raise
        return StreamingResponse(self._drain(answer, pieces), headers=headers)

    async def _drain(self, answer: Answer, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
        try:
            while piece := await self._in_thread(lambda: next(pieces, b"")):
                yield piece
        finally:
            with CancelScope(shield=True):
                await self._in_thread(answer.close)

    async def _in_thread(self, function: Callable[[], T]) -> T:
        return await to_thread.run_sync(function, limiter=self._threads)

    def _refusal(self, error: ClickHouseError, query_id: str) -> Response:
        log.warning("query failed", query_id=query_id, code=error.code, error=error.text.splitlines()[0])
        version = "" if "(version " in error.text else f" (version {self._engine.version})"
        headers = {"X-ClickHouse-Exception-Code": str(error.code), "X-ClickHouse-Query-Id": query_id}
        if error.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
        return PlainTextResponse(f"{error.text}{version}\n", error.status, headers)


def _note_slow(query: Query, query_id: str, elapsed_s: float) -> None:
    if elapsed_s >= _SLOW_S:
        text = query.sql[:_LOGGED_SQL].decode(errors="replace")
        log.info("slow query", query_id=query_id, seconds=round(elapsed_s, 3), sql=text)


def create_app(engine: Engine, settings: GatewaySettings) -> Starlette:
    """Put the engine behind ClickHouse's HTTP interface; the engine is closed when the application ends."""
    gateway = Gateway(engine, settings)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        stopped = await to_thread.run_sync(engine.close)
        log.info("engine closed", queries_stopped=stopped)

    routes = [
        Route("/ping", gateway.ping, methods=["GET"]),
        Route("/", gateway.statement, methods=["GET", "POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
