"""Training jobs."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import ValidationError

from backend.api.deps import IdempotencyKeyDep, RequestIdDep, RuntimeDep
from backend.api.problems import documented, field_errors
from backend.api.schemas.common import ModelId
from backend.api.schemas.jobs import JobAccepted, LogLine, TrainStatus
from backend.api.schemas.training import TrainBody
from backend.api.submit import submit
from backend.errors import InvalidRequestError, NotFoundError
from backend.src.data.calendars import parse_exchange
from backend.src.runtime import Runtime
from backend.src.training.request import TrainRequest

router = APIRouter(tags=["training"])


def train_request(runtime: Runtime, body: TrainBody) -> TrainRequest:
    """The training that a body means.

    Raises:
        NotFoundError: the ticker is not held, or there is no such model.
        InvalidRequestError: neither ticker nor model given, or parameters that the model type does not have.
    """
    given = body.model_dump(exclude_unset=True, exclude={"model_id"}, exclude_none=True)
    if body.model_id is not None:
        model = runtime.models.get(body.model_id)
        again = {"ticker": model.ticker, "model_type": model.model_type, "params": model.params, "seed": model.seed}
        given = {**again, **given}
    if "ticker" not in given:
        raise InvalidRequestError("Give a ticker, or the model_id of a model to train anew.")
    instrument = runtime.instruments.get(given["ticker"])
    exchange = given.pop("exchange", None)
    if exchange is not None and instrument.exchange not in parse_exchange(exchange):
        raise InvalidRequestError(f"{instrument.ticker} is held as listed on {instrument.exchange}.")
    try:
        return TrainRequest.model_validate(given)
    except ValidationError as error:
        fields = field_errors(error.errors())
        detail = "; ".join(f"{each['field'] or 'request'}: {each['problem']}" for each in fields)  # type: ignore[index,call-overload]
        raise InvalidRequestError(detail, errors=fields) from error


@router.post("/api/train", status_code=202, responses=documented(404, 409, 422))
@router.post("/api/models/", status_code=202, responses=documented(404, 409, 422), tags=["models"], name="create_model")
def train(
    runtime: RuntimeDep, body: TrainBody, request_id: RequestIdDep, idempotency_key: IdempotencyKeyDep = None
) -> JobAccepted:
    """Train a model as a job. The same request while it runs gives the same job."""
    wanted = train_request(runtime, body)
    return submit(
        runtime,
        "train",
        wanted.ticker,
        wanted.model_dump(mode="json"),
        request_id=request_id,
        idempotency_key=idempotency_key,
    )


@router.post("/api/models/{model_id}/reproduce", status_code=202, responses=documented(404, 409), tags=["models"])
def reproduce_model(
    runtime: RuntimeDep, model_id: ModelId, request_id: RequestIdDep, idempotency_key: IdempotencyKeyDep = None
) -> JobAccepted:
    """Train a model once more from its record as a job; the result says whether every metric is the same."""
    model = runtime.models.get(model_id)
    return submit(
        runtime,
        "reproduce",
        model.ticker,
        {"model_id": model.id},
        request_id=request_id,
        idempotency_key=idempotency_key,
    )


@router.get("/api/train/status/{task_id}", responses=documented(404))
def get_train_status(runtime: RuntimeDep, task_id: UUID) -> TrainStatus:
    """How far a training job is."""
    job = runtime.jobs.get(task_id)
    if job.kind != "train":
        raise NotFoundError(f"Job {task_id} is a {job.kind} job; see /api/jobs/{task_id}.")
    return TrainStatus(
        task_id=job.id,
        status=job.state,
        progress=job.progress,
        stage=job.stage,
        result=job.result,
        error=job.error,
        log=[LogLine.model_validate(line) for line in runtime.jobs.log_tail(task_id)],
    )
