"""The registry: models, their evidence, who serves and who moved it."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from backend.api.deps import RequestIdDep, RuntimeDep
from backend.api.problems import documented
from backend.api.registry import model_detail, model_summaries
from backend.api.schemas.common import HorizonQuery, Limit, ModelId, Offset, TickerPath, TickerQuery
from backend.api.schemas.models import (
    LedgerEntry,
    LedgerMoves,
    LedgerPage,
    MlflowRun,
    ModelDetail,
    ModelPage,
    ModelTypeInfo,
    PolicyBody,
    PolicyInfo,
    PromoteBody,
    RollbackBody,
)
from backend.errors import NotFoundError
from backend.src.data.deployment_store import CHAMPION, Entry
from backend.src.data.orm import Deployment
from backend.src.runtime import Runtime
from backend.src.training.models import MODEL_TYPES
from backend.src.training.request import TrainRequest

router = APIRouter(tags=["models"])


def _page(runtime: Runtime, ticker: str | None, limit: int, offset: int) -> ModelPage:
    models, has_more = runtime.models.page(ticker, limit, offset)
    items = model_summaries(runtime, models)
    return ModelPage(items=items, limit=limit, offset=offset, has_more=has_more)


@router.get("/api/models/")
def list_models(runtime: RuntimeDep, ticker: TickerQuery = None, limit: Limit = 50, offset: Offset = 0) -> ModelPage:
    """Models, newest first."""
    return _page(runtime, ticker, limit, offset)


@router.get("/api/models/types")
async def list_model_types() -> list[ModelTypeInfo]:
    """Kinds of models that can be trained, with their parameters."""
    return [
        ModelTypeInfo(
            name=name,
            default=name == TrainRequest.model_fields["model_type"].default,
            description=(model.__doc__ or name).strip().splitlines()[0],
            params_schema=model.Params.model_json_schema(),
        )
        for name, model in sorted(MODEL_TYPES.items())
    ]


@router.get("/api/models/ledger")
def list_ledger(
    runtime: RuntimeDep,
    ticker: TickerQuery = None,
    horizon: HorizonQuery = None,
    alias: Annotated[Literal["champion", "challenger"] | None, Query(description="Only this alias.")] = None,
    at: Annotated[datetime | None, Query(description="Only what served at this time.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> LedgerPage:
    """Which model an alias pointed to from when, who or what moved it, and why; or, at a time, which served.

    A time without an offset is UTC. At a time, champions are told of unless `alias` asks for challengers.
    """
    if at is None:
        entries, has_more = runtime.deployments.ledger(ticker, limit, offset, horizon=horizon, alias=alias)
    else:
        moment = at if at.tzinfo else at.replace(tzinfo=UTC)
        in_force = runtime.deployments.at(moment, ticker, horizon=horizon, alias=alias or CHAMPION)
        entries, has_more = in_force[offset : offset + limit], len(in_force) > offset + limit
    items = [LedgerEntry.model_validate(entry) for entry in entries]
    return LedgerPage(items=items, limit=limit, offset=offset, has_more=has_more)


@router.post("/api/models/rollback", responses=documented(404, 409, 422))
def rollback(runtime: RuntimeDep, body: RollbackBody, request_id: RequestIdDep) -> LedgerMoves:
    """Give a ticker its previous champions back."""
    entry = Entry(f"api:{request_id}", body.reason)
    return _moves(runtime.deployments.rollback(body.ticker, entry, body.horizons))


@router.get("/api/models/policy/{ticker}", responses=documented(422))
def get_policy(runtime: RuntimeDep, ticker: TickerPath) -> PolicyInfo:
    """What becomes of a ticker's challengers that have shown to be better."""
    return PolicyInfo.model_validate(runtime.policies.get(ticker))


@router.put("/api/models/policy/{ticker}", responses=documented(404, 422))
def put_policy(runtime: RuntimeDep, ticker: TickerPath, body: PolicyBody, request_id: RequestIdDep) -> PolicyInfo:
    """Set it, for the trainings to come."""
    runtime.instruments.get(ticker)
    return PolicyInfo.model_validate(runtime.policies.put(ticker, body.policy, f"api:{request_id}"))


@router.get("/api/models/{model_id}", responses=documented(404))
def get_model(runtime: RuntimeDep, model_id: ModelId) -> ModelDetail:
    """One model with its evidence."""
    return model_detail(runtime, runtime.models.get(model_id))


@router.delete("/api/models/{model_id}", responses=documented(404, 409))
def delete_model(runtime: RuntimeDep, model_id: ModelId, request_id: RequestIdDep) -> ModelDetail:
    """Retire a model. The champion can't be retired; what served stays in the ledger."""
    return model_detail(runtime, runtime.models.delete(model_id, f"api:{request_id}"))


@router.post("/api/models/{model_id}/promote", responses=documented(404, 409, 422))
def promote(runtime: RuntimeDep, model_id: ModelId, body: PromoteBody, request_id: RequestIdDep) -> LedgerMoves:
    """Make a model its ticker's champion if the evidence is for it; both backends serve it within 5 s.

    409 says at which horizon what is missing. `force` promotes all the same, and the ledger keeps that.
    """
    entry = Entry(f"api:{request_id}", body.reason)
    return _moves(runtime.promoter.promote(model_id, entry=entry, horizons=body.horizons, force=body.force))


def _moves(entries: list[Deployment]) -> LedgerMoves:
    return LedgerMoves(items=[LedgerEntry.model_validate(entry) for entry in entries])


@router.get("/api/mlflow/models", deprecated=True)
def list_mlflow_models(
    runtime: RuntimeDep, ticker: TickerQuery = None, limit: Limit = 50, offset: Offset = 0
) -> ModelPage:
    """The registry's page, as `/api/models/` gives it."""
    return _page(runtime, ticker, limit, offset)


@router.get("/api/mlflow/{model_id}", responses=documented(404, 503))
def get_mlflow_run(runtime: RuntimeDep, model_id: ModelId) -> MlflowRun:
    """A model's run as MLflow has it."""
    model = runtime.models.get(model_id)
    if model.mlflow_run_id is None:
        raise NotFoundError(f"Model {model_id} has no MLflow run.")
    named = {"model_id": model.id, "ticker": model.ticker, "model_type": model.model_type}
    return MlflowRun.model_validate({**named, **asdict(runtime.runs.get(model.mlflow_run_id))})
