"""Liveness, readiness, metrics and what this backend is."""

import asyncio
from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from backend.api.deps import RuntimeDep
from backend.api.schemas.system import Health, SystemInfo
from backend.src.runtime import Runtime
from bellwether_contracts.market import COVERAGE_LEVELS, MAX_HORIZON

router = APIRouter(tags=["system"])

CHECK_TIMEOUT_SECONDS = 2.0


@router.get("/health/live")
async def get_liveness(runtime: RuntimeDep) -> Health:
    """The process answers."""
    return Health(status="ok", service=runtime.settings.service_name, checks={})


def _postgres(runtime: Runtime) -> None:
    with runtime.meta_engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def _clickhouse(runtime: Runtime) -> None:
    runtime.clickhouse.command("SELECT 1")


def _catalogue(runtime: Runtime) -> None:
    if not runtime.catalogue.loaded:
        raise RuntimeError("champions are not loaded yet")


NEEDED: dict[str, Callable[[Runtime], None]] = {
    "postgres": _postgres,
    "clickhouse": _clickhouse,
    "catalogue": _catalogue,
}


@router.get("/health/ready", responses={503: {"model": Health}})
async def get_readiness(runtime: RuntimeDep, response: Response) -> Health:
    """Every store that answers are made of answers, and the champions are in memory."""
    results = await asyncio.gather(*(_check(runtime, check) for check in NEEDED.values()))
    checks = dict(zip(NEEDED, results, strict=True))
    ready = all(result == "ok" for result in results)
    response.status_code = 200 if ready else 503
    return Health(status="ready" if ready else "not ready", service=runtime.settings.service_name, checks=checks)


async def _check(runtime: Runtime, check: Callable[[Runtime], None]) -> str:
    try:
        await asyncio.wait_for(asyncio.to_thread(check, runtime), CHECK_TIMEOUT_SECONDS)
    except TimeoutError:
        return f"no answer within {CHECK_TIMEOUT_SECONDS:g} s"
    except Exception as error:
        return type(error).__name__ if not isinstance(error, RuntimeError) else str(error)
    return "ok"


@router.get("/metrics", include_in_schema=False)
async def get_metrics() -> Response:
    """Prometheus text."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@router.get("/api/system")
async def get_system(runtime: RuntimeDep, request: Request) -> SystemInfo:
    """What the page says of the platform itself."""
    return SystemInfo(
        version=request.app.version,
        git_commit=runtime.git_commit,
        served_by=runtime.settings.service_name,
        default_source=runtime.settings.data_source,
        max_horizon=MAX_HORIZON,
        coverage_levels=list(COVERAGE_LEVELS),
    )
