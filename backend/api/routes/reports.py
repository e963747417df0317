"""Reports on a model: its errors over time, and its card as one file."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from backend.api.deps import RuntimeDep
from backend.api.problems import documented
from backend.api.schemas.common import ModelId
from backend.api.schemas.reports import ResidualMonth, Residuals
from backend.errors import NotFoundError
from backend.src.data.evaluation_files import OutOfSample
from backend.src.data.orm import Model
from backend.src.reports.card import render_card
from backend.src.reports.residuals import residuals_by_month
from backend.src.runtime import Runtime
from bellwether_contracts.market import MAX_HORIZON

router = APIRouter(tags=["models"])

_CARD_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@router.get("/api/models/{model_id}/residuals", responses=documented(404, 422, 503))
def get_residuals(
    runtime: RuntimeDep,
    model_id: ModelId,
    horizon: Annotated[int, Query(ge=1, le=MAX_HORIZON, description="Sessions ahead.")] = 1,
) -> Residuals:
    """Errors of a model's forecasts out of sample, by the month they were made in, beside naive's."""
    tested = _evaluation(runtime, runtime.models.get(model_id))
    if tested is None:
        raise NotFoundError(f"Model {model_id} was trained before its forecasts out of sample were kept.")
    months = [ResidualMonth.model_validate(month) for month in residuals_by_month(tested, horizon)]
    return Residuals(model_id=model_id, horizon=horizon, months=months)


@router.get("/api/models/{model_id}/card", response_class=HTMLResponse, responses=documented(404, 503))
def get_card(
    runtime: RuntimeDep,
    model_id: ModelId,
    download: Annotated[bool, Query(description="Offer it as a file instead of showing it.")] = False,
) -> HTMLResponse:
    """The model's card: everything on record about it in one HTML file that needs nothing else."""
    model = runtime.models.get(model_id)
    headers = {"Content-Security-Policy": _CARD_POLICY, "X-Content-Type-Options": "nosniff"}
    if download:
        headers["Content-Disposition"] = f'attachment; filename="{model.ticker}-v{model.version}-model-card.html"'
    return HTMLResponse(render_card(model, _evaluation(runtime, model)), headers=headers)


def _evaluation(runtime: Runtime, model: Model) -> OutOfSample | None:
    return None if model.evaluation_sha256 is None else runtime.evaluations.get(model.evaluation_sha256)
