"""OpenAPI with the WebSocket frames in it; `python -m ws_monitor.openapi [PATH]` writes it for the page's types."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from bellwether_contracts.frames import ClientFrame, ServerFrame

if TYPE_CHECKING:
    from fastapi import FastAPI

DEFAULT_PATH = Path("frontend/ws-openapi.json")

_REF = "#/components/schemas/{model}"


def describe(app: "FastAPI") -> dict[str, Any]:
    """The routes, and the frames as components `ServerFrame` and `ClientFrame`: OpenAPI knows no WebSockets."""
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, adapter in (("ServerFrame", TypeAdapter(ServerFrame)), ("ClientFrame", TypeAdapter(ClientFrame))):
        schema = adapter.json_schema(ref_template=_REF)
        schemas.update(schema.pop("$defs", {}))
        schemas[name] = schema
    return document


def main() -> None:
    """Write the document."""
    from ws_monitor.app import build_app

    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_PATH
    target.write_text(json.dumps(describe(build_app(None)), indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
