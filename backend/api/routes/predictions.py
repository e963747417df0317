"""Forecasts: one at once, many as a job, and those of the past."""

import time
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID, uuid4

import orjson
from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool

from backend.api import answers, metrics
from backend.api.deps import IdempotencyKeyDep, RecorderDep, RequestIdDep, RuntimeDep, ShadowsDep
from backend.api.problems import documented
from backend.api.schemas.common import Limit, Offset, TickerQuery
from backend.api.schemas.jobs import FutureStatus, JobAccepted
from backend.api.schemas.predictions import (
    FuturePath,
    FutureRequest,
    Prediction,
    PredictionPage,
    PredictionRecord,
    PredictRequest,
)
from backend.api.submit import submit
from backend.errors import NotFoundError
from backend.src.inference.forecast import Forecast
from backend.src.inference.record import prediction_answer, prediction_event
from backend.src.inference.shadow_recorder import outgoing
from backend.src.runtime import Runtime

router = APIRouter(prefix="/api/predict", tags=["predictions"])


@router.post("/", response_model=Prediction, responses=documented(404, 409, 422, 503))
async def predict(
    runtime: RuntimeDep, recorder: RecorderDep, shadows: ShadowsDep, body: PredictRequest, request_id: RequestIdDep
) -> Response:
    """One forecast: answered once it is recorded, and published."""
    started = time.perf_counter()
    forecast = await _forecast(runtime, body)
    event = prediction_event(
        forecast,
        event_id=uuid4(),
        at=datetime.now(UTC),
        served_by=runtime.settings.service_name,
        request_id=request_id,
    )
    await recorder.record(outgoing(event))
    if body.model_id is None:
        shadows.note(forecast, event)
    metrics.PREDICTIONS.labels("degraded" if forecast.degraded else "ok").inc()
    metrics.PREDICTION_DURATION.observe(time.perf_counter() - started)
    return Response(orjson.dumps(prediction_answer(forecast, event)), media_type="application/json")


async def _forecast(runtime: Runtime, body: PredictRequest) -> Forecast:
    """From memory, but for a model that is named: that may have to be read first."""
    if body.model_id is None:
        return runtime.forecaster.forecast(body.ticker, body.target_date, body.exchange)
    named = runtime.model_forecaster.forecast
    return await run_in_threadpool(named, body.model_id, body.ticker, body.target_date, body.exchange)


@router.get("/", responses=documented(422))
def list_predictions(
    runtime: RuntimeDep,
    ticker: TickerQuery = None,
    model_id: Annotated[int | None, Query(ge=1, le=2**53 - 1)] = None,
    date_from: Annotated[date | None, Query(description="First target session.")] = None,
    date_to: Annotated[date | None, Query(description="Last target session.")] = None,
    replayed: Annotated[
        bool | None, Query(description="true: only what a replay made; false: only what was served.")
    ] = None,
    shadow: Annotated[
        bool, Query(description="true: only what challengers made in shadow; nobody was served that.")
    ] = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> PredictionPage:
    """Past forecasts, newest first, with what happened once it is known."""
    rows, has_more = runtime.predictions.page(
        ticker=ticker,
        model_id=model_id,
        date_from=date_from,
        date_to=date_to,
        replayed=replayed,
        shadow=shadow,
        limit=limit,
        offset=offset,
    )
    items = [PredictionRecord.model_validate(answers.past_prediction(row)) for row in rows]
    return PredictionPage(items=items, limit=limit, offset=offset, has_more=has_more)


@router.post("/future/", status_code=202, responses=documented(404, 409, 422))
def predict_future(
    runtime: RuntimeDep, body: FutureRequest, request_id: RequestIdDep, idempotency_key: IdempotencyKeyDep = None
) -> JobAccepted:
    """A forecast for each of the next sessions, as a job with partial results."""
    runtime.forecaster.forecast_path(body.ticker, body.days, body.exchange)  # refuses now what the job would refuse
    return submit(
        runtime,
        "predict",
        body.ticker,
        {"ticker": body.ticker, "days": body.days},
        request_id=request_id,
        idempotency_key=idempotency_key,
    )


def _future_status(runtime: Runtime, task_id: UUID) -> FutureStatus:
    job = runtime.jobs.get(task_id)
    if job.kind != "predict":
        raise NotFoundError(f"Job {task_id} is a {job.kind} job; see /api/jobs/{task_id}.")
    path = job.result or job.partial
    return FutureStatus.model_validate(
        {
            "task_id": job.id,
            "status": job.state,
            "progress": job.progress,
            "result": None if path is None else FuturePath.model_validate(path),
            "error": job.error,
        }
    )


@router.get("/future/status/{task_id}", responses=documented(404))
def get_future_status(runtime: RuntimeDep, task_id: UUID) -> FutureStatus:
    """How far a multi-session forecast is, with what it has so far."""
    return _future_status(runtime, task_id)


@router.get("/future/partial_status/{task_id}", responses=documented(404))
def get_future_partial_status(runtime: RuntimeDep, task_id: UUID) -> FutureStatus:
    """The same: results appear one session at a time while the job works."""
    return _future_status(runtime, task_id)
