"""What routes ask for."""

import re
from typing import Annotated

from fastapi import Depends, Header, Request

from backend.errors import InvalidRequestError
from backend.src.events.recorder import EventRecorder
from backend.src.inference.shadow_recorder import ShadowRecorder
from backend.src.runtime import Runtime

_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{8,128}")


def _runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


def _recorder(request: Request) -> EventRecorder:
    recorder: EventRecorder = request.app.state.recorder
    return recorder


def _shadows(request: Request) -> ShadowRecorder:
    shadows: ShadowRecorder = request.app.state.shadows
    return shadows


def _request_id(request: Request) -> str:
    request_id: str = request.state.request_id
    return request_id


def _idempotency_key(
    value: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="8 to 128 visible ASCII characters. The same key and body give the same job for ever.",
        ),
    ] = None,
) -> str | None:
    if value is not None and not _IDEMPOTENCY_KEY.fullmatch(value):
        raise InvalidRequestError("Idempotency-Key must have 8 to 128 visible ASCII characters.")
    return value


RuntimeDep = Annotated[Runtime, Depends(_runtime)]
RecorderDep = Annotated[EventRecorder, Depends(_recorder)]
ShadowsDep = Annotated[ShadowRecorder, Depends(_shadows)]
RequestIdDep = Annotated[str, Depends(_request_id)]
IdempotencyKeyDep = Annotated[str | None, Depends(_idempotency_key)]
