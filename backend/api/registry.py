"""Models as the API shows them."""

from collections.abc import Mapping
from typing import Any

from backend.api.schemas.models import ModelDetail, ModelSummary
from backend.src.data.orm import Model


def model_summary(model: Model, champions: Mapping[str, int | None]) -> ModelSummary:
    """A line of the registry; `champions` are model ids by ticker."""
    return ModelSummary.model_validate(_fields(model, champions, ModelSummary))


def model_detail(model: Model, champions: Mapping[str, int | None]) -> ModelDetail:
    """A model with all that came with it."""
    return ModelDetail.model_validate({**_fields(model, champions, ModelDetail), "task_id": model.job_id})


def _fields(model: Model, champions: Mapping[str, int | None], schema: type[ModelSummary]) -> dict[str, Any]:
    own = {name: getattr(model, name) for name in schema.model_fields if hasattr(model, name)}
    aliases = ["champion"] if champions.get(model.ticker) == model.id else []
    return {**own, "model_id": model.id, "aliases": aliases}
