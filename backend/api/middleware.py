"""Pure ASGI middleware: request ids, metrics, body limit, slashes. It costs the hot path nothing measurable."""

import re
import time
from collections.abc import Collection
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api import metrics
from backend.api.problems import problem

MAX_BODY_BYTES = 1024 * 1024
_TOO_LARGE = f"The body is too large; at most {MAX_BODY_BYTES} bytes are allowed."
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

log = structlog.get_logger(__name__)


class SlashMiddleware:
    """A path with and without its trailing slash is the same path; a redirect would lose a POST's body."""

    def __init__(self, app: ASGIApp, *, with_slash: Collection[str]) -> None:
        self._app = app
        self._with_slash = frozenset(with_slash)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route by the form of the path that the app declares."""
        if scope["type"] == "http":
            bare = scope["path"].rstrip("/")
            scope["path"] = f"{bare}/" if f"{bare}/" in self._with_slash else bare or "/"
        await self._app(scope, receive, send)


class BodyLimitMiddleware:
    """Refuses bodies over 1 MiB, declared or not, before they fill the memory."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 to a body that is too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
            await problem(Request(scope), 413, "Content Too Large", _TOO_LARGE)(scope, receive, send)
            return
        seen = 0

        async def limited() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > MAX_BODY_BYTES:
                raise HTTPException(413, _TOO_LARGE)
            return message

        await self._app(scope, limited, send)


class RequestMiddleware:
    """Gives every request an id, names the backend that answers, counts and times, logs what changes or fails."""

    def __init__(self, app: ASGIApp, *, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = 500

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers["X-Served-By"] = self._service
            await send(message)

        try:
            await self._app(scope, receive, named)
        finally:
            _observe(scope, status, time.perf_counter() - started)


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def _observe(scope: Scope, status: int, seconds: float) -> None:
    """Count under the route's template: labels from clients would grow without bound."""
    route = getattr(scope.get("route"), "path", "unmatched")
    method = scope["method"] if route != "unmatched" else "ANY"
    if not route.startswith("/health/"):  # a supervisor's question: while it starts, 503 is the right answer, no error
        metrics.HTTP_REQUESTS.labels(method, route, str(status)).inc()
        metrics.HTTP_DURATION.labels(route).observe(seconds)
    if status >= 400 or (method != "GET" and not route.startswith("/api/predict/")):
        log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))
