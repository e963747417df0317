"""The process: `uvicorn --factory ws_monitor.app:create_app --ws ws_monitor.connection:LiveConnection`.

HTTP is answered here; WebSockets never reach ASGI, `--ws` names who takes them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bellwether_contracts import logging
from ws_monitor import problems
from ws_monitor.monitor import Monitor
from ws_monitor.schema import describe
from ws_monitor.settings import WsMonitorSettings


def create_app() -> FastAPI:
    """The application, configured by the environment."""
    settings = WsMonitorSettings()
    logging.configure(settings.service_name, settings.log_level)
    return build_app(Monitor(settings))


def build_app(monitor: Monitor | None) -> FastAPI:
    """The routes around a monitor; without one they can only be described."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Monitor]]:
        if monitor is None:
            raise RuntimeError("an application that only describes itself can't run")
        await monitor.start()
        yield {"monitor": monitor}
        await monitor.stop()

    app = FastAPI(title="Bellwether live events", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_api_route("/health/live", live, methods=["GET"], operation_id="health_live")
    app.add_api_route("/health/ready", ready, methods=["GET"], operation_id="health_ready")
    app.add_api_route("/metrics", prometheus, methods=["GET"], operation_id="metrics", response_class=Response)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    return app


async def live() -> dict[str, str]:
    """The event loop turns."""
    return {"status": "live"}


async def ready(request: Request) -> Response:
    """Everything that pushes and stores events works, or 503 with what doesn't."""
    found = await request.state.monitor.problems()
    if found:
        detail = "; ".join(f"{part}: {why}" for part, why in sorted(found.items()))
        return problems.response(HTTPStatus.SERVICE_UNAVAILABLE, detail, checks=found)
    return Response('{"status":"ready"}', media_type="application/json")


async def prometheus(request: Request) -> Response:
    """The process's numbers, as Prometheus text."""
    return Response(generate_latest(request.state.monitor.metrics.registry), media_type=CONTENT_TYPE_LATEST)
