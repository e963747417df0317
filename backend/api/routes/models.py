"""The registry: models, their evidence, who serves and who moved it."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from backend.api.deps import RequestIdDep, RuntimeDep
from backend.api.problems import documented
from backend.api.registry import model_detail, model_summary
from backend.api.schemas.common import Limit, ModelId, Offset, TickerQuery
from backend.api.schemas.models import (
    LedgerEntry,
    LedgerPage,
    MlflowRun,
    ModelDetail,
    ModelPage,
    ModelTypeInfo,
    PromoteBody,
    RollbackBody,
)
from backend.errors import NotFoundError
from backend.src.features.pipeline import FEATURE_VERSION
from backend.src.runtime import Runtime
from backend.src.training.models import MODEL_TYPES
from backend.src.training.request import TrainRequest

router = APIRouter(tags=["models"])


def _page(runtime: Runtime, ticker: str | None, limit: int, offset: int) -> ModelPage:
    models, has_more = runtime.models.page(ticker, limit, offset)
    champions = runtime.deployments.champions()
    items = [model_summary(model, champions) for model in models]
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
    at: Annotated[datetime | None, Query(description="Only what was in force at this time.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> LedgerPage:
    """Which model an alias pointed to from when, who or what moved it, and why."""
    if at is None:
        entries, has_more = runtime.deployments.ledger(ticker, limit, offset)
    else:
        in_force = runtime.deployments.at(at, ticker)
        entries, has_more = in_force[offset : offset + limit], len(in_force) > offset + limit
    items = [LedgerEntry.model_validate(entry) for entry in entries]
    return LedgerPage(items=items, limit=limit, offset=offset, has_more=has_more)


@router.post("/api/models/rollback", responses=documented(404, 409, 422))
def rollback(runtime: RuntimeDep, body: RollbackBody, request_id: RequestIdDep) -> LedgerEntry:
    """Give a ticker its previous champion back."""
    entry = runtime.deployments.rollback(body.ticker, actor=f"api:{request_id}", reason=body.reason)
    return LedgerEntry.model_validate(entry)


@router.get("/api/models/{model_id}", responses=documented(404))
def get_model(runtime: RuntimeDep, model_id: ModelId) -> ModelDetail:
    """One model with its evidence."""
    return model_detail(runtime.models.get(model_id), runtime.deployments.champions())


@router.delete("/api/models/{model_id}", responses=documented(404, 409))
def delete_model(runtime: RuntimeDep, model_id: ModelId) -> ModelDetail:
    """Retire a model. The champion can't be retired; what served stays in the ledger."""
    return model_detail(runtime.models.delete(model_id), runtime.deployments.champions())


@router.post("/api/models/{model_id}/promote", responses=documented(404, 409, 422))
def promote(runtime: RuntimeDep, model_id: ModelId, body: PromoteBody, request_id: RequestIdDep) -> LedgerEntry:
    """Make a model its ticker's champion; both backends serve it within 5 s."""
    entry = runtime.deployments.promote(
        model_id, actor=f"api:{request_id}", reason=body.reason, feature_version=FEATURE_VERSION, force=body.force
    )
    return LedgerEntry.model_validate(entry)


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
