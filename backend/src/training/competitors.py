"""What a new model of a ticker has to stand up to: those that serve, and how many were tried."""

import json
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from backend.src.data.deployment_store import DeploymentStore
from backend.src.data.evaluation_files import EvaluationFiles
from backend.src.data.model_store import ModelStore
from backend.src.data.orm import Model
from backend.src.training.evaluation import Champion, Competition
from backend.src.training.request import TrainRequest


class Competitors:
    """Reads champions with their forecasts, and the variants tried."""

    def __init__(self, session_factory: sessionmaker[Session], evaluations: EvaluationFiles) -> None:
        self._models = ModelStore(session_factory)
        self._deployments = DeploymentStore(session_factory)
        self._evaluations = evaluations

    def of(self, request: TrainRequest, source: str) -> Competition:
        """Those that a training meets.

        Args:
            request: What is trained.
            source: Whose series it is trained on: variants on another series are no chances for luck on this one.
        """
        tried = self._models.of_series(request.ticker, source)
        variants = {_variant(model.model_type, model.seed, _asked(model)) for model in tried}
        variants.add(_variant(request.model_type, request.seed, request.model_dump(mode="json")))
        heads = self._deployments.heads(request.ticker)
        serving = {horizon: entry.model_id for horizon, entry in heads.items() if entry.model_id is not None}
        return Competition(len(variants), self.champions(serving))

    def champions(self, serving: dict[int, int]) -> dict[int, Champion]:
        """Models with their forecasts out of sample, by horizon; those without a record of them are left out."""
        found: dict[int, Champion] = {}
        for model_id in set(serving.values()):
            model = self._models.get(model_id, deleted_too=True)
            if model.evaluation_sha256 is not None:
                found[model_id] = Champion(model_id, self._evaluations.get(model.evaluation_sha256))
        return {horizon: found[model_id] for horizon, model_id in serving.items() if model_id in found}


def _asked(model: Model) -> dict[str, Any]:
    asked: dict[str, Any] = model.evidence.get("request") or {"params": model.params}
    return asked


def _variant(model_type: str, seed: int, asked: dict[str, Any]) -> str:
    """What makes a variant: training the same again on newer data is not another one."""
    return json.dumps(
        [model_type, seed, *(asked.get(name) for name in ("params", "tune", "window_sessions"))], sort_keys=True
    )
