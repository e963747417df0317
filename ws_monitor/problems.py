"""Errors as RFC 9457 documents."""

from http import HTTPStatus

from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


def document(status: HTTPStatus, detail: str, **more: object) -> dict[str, object]:
    """A problem document."""
    return {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail, **more}


def response(status: HTTPStatus, detail: str, **more: object) -> JSONResponse:
    """The answer to a request that has a problem."""
    return JSONResponse(document(status, detail, **more), status.value, media_type=MEDIA_TYPE)
