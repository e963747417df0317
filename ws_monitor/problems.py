"""Errors as RFC 9457 documents."""

from http import HTTPStatus

from starlette.responses import JSONResponse


def response(status: HTTPStatus, detail: str, **more: object) -> JSONResponse:
    """A problem document."""
    body = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail, **more}
    return JSONResponse(body, status.value, media_type="application/problem+json")
