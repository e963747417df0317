"""Trains a model once more from what its record names, and compares the outcome number by number."""

import hashlib
import math
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy.orm import Session, sessionmaker

from backend.errors import InvalidRequestError
from backend.src.data.evaluation_files import EvaluationFiles
from backend.src.data.model_store import ModelStore
from backend.src.data.orm import Model
from backend.src.data.snapshot_store import SnapshotStore
from backend.src.jobs.reporter import Reporter
from backend.src.training.competitors import Competitors
from backend.src.training.evaluation import Competition
from backend.src.training.learning import Learned, learn
from backend.src.training.panel import Panel
from backend.src.training.request import TrainRequest
from bellwether_contracts.market import GRADED_HORIZONS

TOLERANCE = 1e-9
"""The largest difference of a metric at which a model counts as reproduced."""

NAMED = 20
"""Differences that a result names; it counts all."""


class Reproducer:
    """Reproduces registered models. Nothing is registered, nothing is changed."""

    def __init__(
        self,
        session_factory: sessionmaker[Session],
        snapshots: SnapshotStore,
        evaluations: EvaluationFiles,
        git_commit: str,
    ) -> None:
        self._models = ModelStore(session_factory)
        self._competitors = Competitors(session_factory, evaluations)
        self._snapshots = snapshots
        self._git_commit = git_commit

    def reproduce(self, model_id: int, reporter: Reporter) -> dict[str, Any]:
        """Train the model again and say whether it is the same.

        Raises:
            NotFoundError: there is no such model.
            InvalidRequestError: its record does not say how it was trained.
            UpstreamError: S3 does not answer.
            JobCancelledError, LeaseLostError: the job must not go on.
        """
        model = self._models.get(model_id)
        request = recorded_request(model)
        bars = self._snapshots.load(model.snapshot)
        reporter.log(f"Model {model_id} of {model.ticker}: {request.model_type} on snapshot {model.snapshot[:12]}.")
        learned = learn(bars, request, reporter, self._competition(model), self._panel(model))
        found = compared(model, learned, self._git_commit)
        reporter.log(found["verdict"])
        return found

    def _competition(self, model: Model) -> Competition:
        """Those that the model met then, whoever serves now."""
        overall = model.metrics["overall"]
        met = {h: overall[str(h)]["against_champion"] for h in GRADED_HORIZONS}
        serving = {h: record["model_id"] for h, record in met.items() if record is not None}
        return Competition(overall["1"]["variants"], self._competitors.champions(serving))

    def _panel(self, model: Model) -> Panel | None:
        recorded = model.evidence.get("panel")
        return Panel(model.ticker, recorded["snapshots"], self._snapshots.load) if recorded else None


def recorded_request(model: Model) -> TrainRequest:
    """What a model was asked for as.

    Raises:
        InvalidRequestError: it was trained before that was recorded.
    """
    recorded = model.evidence.get("request")
    if recorded is None:
        raise InvalidRequestError(f"Model {model.id} does not say how it was trained: it is too old to be reproduced.")
    return TrainRequest.model_validate(recorded)


def compared(model: Model, learned: Learned, git_commit: str) -> dict[str, Any]:
    """The record of a model beside what the same training gave now."""
    differences = dict(_differences(model.metrics, _as_stored(learned.metrics)))
    largest = max((abs(value) for value in differences.values()), default=0.0)
    off = sorted(path for path, value in differences.items() if not abs(value) <= TOLERANCE)
    now = learned.evidence["environment"]
    changed = {
        name: {"recorded": was, "now": now.get(name)}
        for name, was in model.evidence["environment"].items()
        if was != now.get(name)
    }
    return {
        "model_id": model.id,
        "reproduced": not off,
        "verdict": _verdict(model, largest, off, len(differences)),
        "tolerance": TOLERANCE,
        "max_difference": largest if math.isfinite(largest) else None,
        "metrics_compared": len(differences),
        "metrics_off": len(off),
        "off": off[:NAMED],
        "same_artifact": hashlib.sha256(learned.exported.content).hexdigest() == model.artifact_sha256,
        "same_forecasts": hashlib.sha256(learned.tested.to_parquet()).hexdigest() == model.evaluation_sha256,
        "commit": {"recorded": model.git_commit, "now": git_commit, "same": model.git_commit == git_commit},
        "environment_changed": changed,
    }


def _verdict(model: Model, largest: float, off: list[str], compared_numbers: int) -> str:
    if not off:
        return f"Reproduced: all {compared_numbers:,} metrics of model {model.id} are equal to {largest:.1e}."
    return f"Not reproduced: {len(off):,} of {compared_numbers:,} metrics of model {model.id} differ, {off[0]} first."


def _as_stored(metrics: dict[str, Any]) -> Any:
    """As they come back from the database."""
    return orjson.loads(orjson.dumps(metrics))


def _differences(recorded: Any, now: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every value by its path, with how far it is from what was recorded; infinitely far when it is another kind."""
    if isinstance(recorded, Mapping) and isinstance(now, Mapping):
        for key in sorted(recorded.keys() | now.keys()):
            yield from _differences(recorded.get(key), now.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(recorded, list) and isinstance(now, list) and len(recorded) == len(now):
        for place, (was, is_now) in enumerate(zip(recorded, now, strict=True)):
            yield from _differences(was, is_now, f"{path}[{place}]")
    elif recorded == now:
        yield path, 0.0
    elif isinstance(recorded, int | float) and isinstance(now, int | float):
        yield path, float(now) - float(recorded)
    else:
        yield path, math.inf
