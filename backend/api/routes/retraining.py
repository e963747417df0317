"""Retraining: what the policy decided, and whether it would have helped."""

from fastapi import APIRouter

from backend.api.deps import IdempotencyKeyDep, RequestIdDep, RuntimeDep
from backend.api.problems import documented
from backend.api.schemas.common import Limit, Offset, TickerQuery
from backend.api.schemas.jobs import JobAccepted
from backend.api.schemas.retraining import RetrainDecisionInfo, RetrainPage, WhatIfBody
from backend.api.submit import submit
from backend.errors import InvalidRequestError
from backend.monitor.retraining.recipe import requested
from backend.src.data.monitor_orm import RetrainDecision
from backend.src.runtime import Runtime
from backend.src.training.request import TrainRequest

router = APIRouter(tags=["monitoring"])


def _info(decision: RetrainDecision, resulting_model_id: int | None) -> RetrainDecisionInfo:
    own = {name: getattr(decision, name) for name in RetrainDecisionInfo.model_fields if hasattr(decision, name)}
    return RetrainDecisionInfo.model_validate({**own, "resulting_model_id": resulting_model_id})


@router.get("/api/retraining")
def list_retraining(
    runtime: RuntimeDep, ticker: TickerQuery = None, limit: Limit = 50, offset: Offset = 0
) -> RetrainPage:
    """What the policy of retraining decided, newest first."""
    found, has_more = runtime.retraining.page(ticker, limit, offset)
    return RetrainPage(items=[_info(*each) for each in found], limit=limit, offset=offset, has_more=has_more)


@router.post("/api/what-if", status_code=202, responses=documented(404, 409, 422))
def what_if(
    runtime: RuntimeDep, body: WhatIfBody, request_id: RequestIdDep, idempotency_key: IdempotencyKeyDep = None
) -> JobAccepted:
    """Would retraining have helped? The report is the job's result.

    The same range of the same snapshot gives the same report.
    """
    wanted = {
        "ticker": body.ticker,
        "start": str(body.start),
        "end": None if body.end is None else str(body.end),
        "training": _training(runtime, body).model_dump(mode="json"),
    }
    return submit(runtime, "what_if", body.ticker, wanted, request_id=request_id, idempotency_key=idempotency_key)


def _training(runtime: Runtime, body: WhatIfBody) -> TrainRequest:
    """The champion's recipe on the series that is served; without a champion, the default one.

    Raises:
        NotFoundError: the ticker is not held.
        InvalidRequestError: the range ends before it begins, or holds no bar.
    """
    source = runtime.instruments.get(body.ticker).source
    held = runtime.snapshots.latest(body.ticker, source)
    if held is None:
        raise InvalidRequestError(f"{body.ticker} has no data. POST /api/run-etl ingests it.")
    if body.end is not None and body.end <= body.start:
        raise InvalidRequestError(f"`to` {body.end} is not after `from` {body.start}.")
    if body.start >= held.last_session or (body.end is not None and body.end < held.first_session):
        raise InvalidRequestError(
            f"Bars of {body.ticker} are held from {held.first_session} to {held.last_session}: too few for the range.",
            allowed=[str(held.first_session), str(held.last_session)],
        )
    champion = runtime.deployments.champion(body.ticker)
    asked = TrainRequest(ticker=body.ticker) if champion is None else requested(champion)
    return TrainRequest.model_validate(asked.model_dump() | {"source": source})
