"""OpenAPI with the WebSocket frames in it."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from bellwether_contracts.frames import ClientFrame, ServerFrame

_REF = "#/components/schemas/{model}"


def describe(app: FastAPI) -> dict[str, Any]:
    """The routes, and the frames as components `ServerFrame` and `ClientFrame`: OpenAPI knows no WebSockets."""
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, adapter in (("ServerFrame", TypeAdapter(ServerFrame)), ("ClientFrame", TypeAdapter(ClientFrame))):
        schema = adapter.json_schema(ref_template=_REF)
        schemas.update(schema.pop("$defs", {}))
        schemas[name] = schema
    return document
