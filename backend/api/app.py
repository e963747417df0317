"""The API: one program, run twice behind Nginx."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from typing import get_args

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from backend.api import metrics, problems
from backend.api.alert_gauges import AlertGauges
from backend.api.background import Loop, essential, repeat
from backend.api.drift_gauges import DriftGauges
from backend.api.middleware import BodyLimitMiddleware, RequestMiddleware, SlashMiddleware
from backend.api.routes import (
    alerts,
    backfill,
    datasets,
    drift,
    jobs,
    models,
    operations,
    predictions,
    reports,
    retraining,
    scorecard,
    simulation,
    system,
    training,
)
from backend.api.schemas.jobs import JobKind, JobState
from backend.api.score_gauges import ScoreGauges
from backend.monitor.freshness import FreshnessMonitor
from backend.monitor.series_watch import SeriesWatch
from backend.settings import Settings
from backend.src.events.outbox_store import OutboxStore
from backend.src.events.producer import EventProducer
from backend.src.events.recorder import EventRecorder
from backend.src.events.relay import Relay
from backend.src.inference.shadow_recorder import Outcome, ShadowRecorder
from backend.src.jobs.queue import QUEUES
from backend.src.runtime import Runtime
from bellwether_contracts import logging

ROUTERS = (
    alerts,
    predictions,
    scorecard,
    backfill,
    training,
    models,
    reports,
    drift,
    retraining,
    datasets,
    jobs,
    simulation,
    operations,
    system,
)


def build(runtime: Runtime | None = None) -> FastAPI:
    """The FastAPI app; without a runtime it can only describe itself."""
    app = FastAPI(
        title="Bellwether",
        version="0.1.0",
        description="Stock forecasts beside the naive one, with an interval and the model's measured record.",
        docs_url=None,  # their pages load scripts from another host
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        lifespan=None if runtime is None else lambda app: _lifespan(app, runtime),
    )
    for module in ROUTERS:
        app.include_router(module.router)
    problems.install(app)
    return app


def create_app() -> ASGIApp:
    """The app as uvicorn runs it, configured by the environment."""
    settings = Settings()
    logging.configure(settings.service_name, settings.log_level)
    app = build(Runtime(settings))
    with_slash = [path for path in app.openapi()["paths"] if path.endswith("/")]
    limited = BodyLimitMiddleware(SlashMiddleware(app, with_slash=with_slash))
    return RequestMiddleware(limited, service=settings.service_name)


@asynccontextmanager
async def _lifespan(app: FastAPI, runtime: Runtime) -> AsyncIterator[None]:
    producer = EventProducer(runtime.settings.kafka_bootstrap_servers)
    relay = Relay(runtime.events_engine, runtime.outbox, producer)
    app.state.runtime = runtime
    app.state.recorder = EventRecorder(runtime.outbox, producer, relay)
    shadows = _shadow_recorder(runtime)
    app.state.shadows = shadows
    background = [
        essential(app.state.recorder.run(), name="recorder"),
        *(essential(repeat(loop), name=loop.name) for loop in _loops(runtime, relay)),
    ]
    try:
        yield
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await asyncio.to_thread(shadows.close)
        producer.close()
        runtime.close()


def _shadow_recorder(runtime: Runtime) -> ShadowRecorder:
    """With connections that no answer waits for."""

    def count(outcome: Outcome, shadows: int) -> None:
        metrics.SHADOWS.labels(outcome).inc(shadows)

    recorder = ShadowRecorder(
        runtime.shadows, OutboxStore(runtime.meta_engine), runtime.settings.shadow_queue_size, count
    )
    recorder.start()
    return recorder


def _loops(runtime: Runtime, relay: Relay) -> list[Loop]:
    return [
        Loop("catalogue", 0.5, runtime.catalogue.refresh),
        Loop("reaper", 2, runtime.queue.reap),
        Loop("relay", 1, relay.send_pending),
        Loop("reconcile", 5, lambda: relay.reconcile(runtime.clickhouse)),
        Loop("mirror", 5, runtime.mirror.send_pending),
        Loop("gauges", 5, lambda: _set_gauges(runtime)),
        Loop("alerts", 5, AlertGauges(runtime.alerts).refresh),
        Loop("drift", 15, DriftGauges(runtime.drift).refresh),
        Loop("scores", 60, ScoreGauges(runtime.scores).refresh),
        Loop("freshness", 60, lambda: _watch_series(runtime)),
    ]


def _set_gauges(runtime: Runtime) -> None:
    metrics.OUTBOX_PENDING.set(runtime.outbox.pending())
    metrics.CHAMPIONS_LOADED.set(sum(bool(held.models) for held in runtime.catalogue.holdings.values()))
    metrics.CHALLENGERS_LOADED.set(sum(bool(shadow.models) for shadow in runtime.shadows.held.values()))
    counts = runtime.jobs.counts()
    for kind, state in product(get_args(JobKind), get_args(JobState)):
        metrics.JOBS.labels(kind, state).set(counts.get((kind, state), 0))
    waiting = runtime.jobs.waiting()
    for queue in set(QUEUES.values()):
        depth, oldest = waiting.get(queue, (0, 0.0))
        metrics.QUEUE_DEPTH.labels(queue).set(depth)
        metrics.QUEUE_OLDEST.labels(queue).set(oldest)


def _watch_series(runtime: Runtime) -> None:
    series = FreshnessMonitor(runtime.instruments, runtime.bars).check()
    for each in series:
        metrics.SESSIONS_BEHIND.labels(each.ticker, each.source).set(each.missing)
    SeriesWatch(runtime.clickhouse, runtime.alerts, runtime.settings).check(series)


def _operation_id(route: APIRoute) -> str:
    """The route function's name: it stays the same when a path changes."""
    return route.name
