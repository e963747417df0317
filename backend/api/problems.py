"""Errors as `application/problem+json` (RFC 9457), each with the request's id."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import JsonValue
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from backend.api.schemas.common import Problem
from backend.errors import BellwetherError

MEDIA_TYPE = "application/problem+json"

log = structlog.get_logger(__name__)


def problem(request: Request, status: int, title: str, detail: str, **extra: JsonValue) -> Response:
    """A problem document as a response."""
    content = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        "request_id": request.state.request_id,
        **extra,
    }
    headers = {"Retry-After": "2"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return Response(orjson.dumps(content), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _bellwether(request: Request, error: BellwetherError) -> Response:
    return problem(request, error.status, error.title, error.detail, **error.extra)


def field_errors(errors: Sequence[Any]) -> list[JsonValue]:
    """Pydantic's errors without the input: it may be large, or no valid text."""
    return [{"field": ".".join(str(part) for part in error["loc"]), "problem": error["msg"]} for error in errors]


def _invalid(request: Request, error: RequestValidationError) -> Response:
    fields = field_errors(error.errors())
    first = fields[0] if fields else {}
    assert isinstance(first, dict)  # noqa: S101 - field_errors makes dicts
    detail = f"{first.get('field', 'body')}: {first.get('problem', 'invalid')}"
    return problem(request, 422, "Invalid request", detail, errors=fields)


def _http(request: Request, error: HTTPException) -> Response:
    title = HTTPStatus(error.status_code).phrase
    response = problem(request, error.status_code, title, str(error.detail))
    response.headers.update(error.headers or {})
    return response


def _store_away(request: Request, error: Exception) -> Response:
    log.error("store away", error=str(error), path=request.url.path)
    return problem(request, 503, "Upstream unavailable", "A store that this needs does not answer; try again soon.")


def _unexpected(request: Request, error: Exception) -> Response:
    log.error("unexpected error", path=request.url.path, exc_info=error)
    return problem(request, 500, "Internal error", "Something went wrong here; the request id finds it in the logs.")


def install(app: FastAPI) -> None:
    """Answer every error of the app as a problem document."""
    handlers: dict[Any, Any] = {
        BellwetherError: _bellwether,
        RequestValidationError: _invalid,
        HTTPException: _http,
        OperationalError: _store_away,
        PoolTimeoutError: _store_away,
        ClickHouseError: _store_away,
        ConnectionError: _store_away,
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for the problems that a route can answer with."""
    return {
        status: {"model": Problem, "description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {}}}
        for status in statuses
    }
