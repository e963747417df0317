"""Models as the API shows them."""

from collections.abc import Sequence
from typing import Any

from backend.api.schemas.models import AliasInfo, DecisionInfo, ModelDetail, ModelSummary
from backend.src.data.orm import Deployment, Model
from backend.src.runtime import Runtime


def model_summaries(runtime: Runtime, models: Sequence[Model]) -> list[ModelSummary]:
    """Lines of the registry."""
    deployed = runtime.deployments.in_force([model.id for model in models])
    return [ModelSummary.model_validate(_fields(model, deployed.get(model.id, []), ModelSummary)) for model in models]


def model_detail(runtime: Runtime, model: Model) -> ModelDetail:
    """A model with all that came with it."""
    deployed = runtime.deployments.in_force([model.id]).get(model.id, [])
    decisions = [DecisionInfo.model_validate(decision) for decision in runtime.policies.decisions(model.id)]
    fields = _fields(model, deployed, ModelDetail)
    return ModelDetail.model_validate({**fields, "task_id": model.job_id, "decisions": decisions})


def _fields(model: Model, deployed: Sequence[Deployment], schema: type[ModelSummary]) -> dict[str, Any]:
    own = {name: getattr(model, name) for name in schema.model_fields if hasattr(model, name)}
    infos = [AliasInfo.model_validate(entry) for entry in deployed]
    aliases = list(dict.fromkeys(info.alias for info in infos))
    return {**own, "model_id": model.id, "aliases": aliases, "deployments": infos}
