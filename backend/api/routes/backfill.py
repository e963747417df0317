"""Replays of the past, as jobs."""

from fastapi import APIRouter
from pydantic import ValidationError

from backend.api.deps import IdempotencyKeyDep, RequestIdDep, RuntimeDep
from backend.api.problems import documented, field_errors
from backend.api.schemas.backfill import BackfillBody
from backend.api.schemas.jobs import JobAccepted
from backend.api.submit import submit
from backend.errors import InvalidRequestError
from backend.src.replay.request import ReplayRequest
from backend.src.runtime import Runtime

router = APIRouter(prefix="/api/backfill", tags=["scorecard"])


def _replay_request(runtime: Runtime, body: BackfillBody) -> ReplayRequest:
    """The replay that a body means, of the series that is served now.

    Raises:
        NotFoundError: the ticker is not held.
        InvalidRequestError: no bar lies in the range, or the model type does not know a parameter.
    """
    instrument = runtime.instruments.get(body.ticker)
    try:
        wanted = ReplayRequest.model_validate(body.model_dump() | {"source": instrument.source})
    except ValidationError as error:
        fields = field_errors(error.errors())
        detail = "; ".join(f"{each['field'] or 'request'}: {each['problem']}" for each in fields)  # type: ignore[index,call-overload]
        raise InvalidRequestError(detail, errors=fields) from error
    held = runtime.snapshots.latest(body.ticker, instrument.source)
    if held is None:
        raise InvalidRequestError(f"{body.ticker} has no data. POST /api/run-etl ingests it.")
    if body.start > held.last_session or (body.end is not None and body.end < held.first_session):
        raise InvalidRequestError(
            f"Bars of {body.ticker} are held from {held.first_session} to {held.last_session}: none lies in the range.",
            allowed=[str(held.first_session), str(held.last_session)],
        )
    return wanted


@router.post("", status_code=202, responses=documented(404, 409, 422))
def backfill(
    runtime: RuntimeDep, body: BackfillBody, request_id: RequestIdDep, idempotency_key: IdempotencyKeyDep = None
) -> JobAccepted:
    """Replay a past range, so that the scorecard has a past: each row is marked as replayed.

    The same settings give the same rows however often they are asked for, whole or in parts.
    """
    wanted = _replay_request(runtime, body)
    return submit(
        runtime,
        "backfill",
        wanted.ticker,
        wanted.model_dump(mode="json"),
        request_id=request_id,
        idempotency_key=idempotency_key,
    )
