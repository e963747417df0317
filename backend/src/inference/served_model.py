"""A model as data: an ONNX graph that is checked before it is loaded."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from backend.errors import BellwetherError
from backend.src.data.evaluation_files import OutOfSample
from backend.src.data.orm import Model
from backend.src.features.pipeline import FEATURE_NAMES, FEATURE_VERSION
from backend.src.features.volatility import HAR_WINDOWS
from backend.src.features.windows import Floats
from backend.src.inference.forecast import Skill
from backend.src.registry.gate import Finding, point_gate
from bellwether_contracts.market import GRADED_HORIZONS

INPUT_NAME = "features"
OUTPUT_NAME = "log_return"


class UnloadableModelError(BellwetherError):
    """A model's file is not what was registered, or does not fit this program (500: the registry is at fault)."""

    title = "Model can't be loaded"


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A registered model, ready to answer.

    Attributes:
        har: [4, H] coefficients of its volatility model.
        out_of_sample: What it forecast in its walk-forward.
        skills: Its record, one a horizon; None where it was not measured.
        findings: Whether its own forecast serves, by graded horizon; else "no change" does, in its bands.
    """

    model_id: int
    ticker: str
    version: int
    model_type: str
    har: Floats
    out_of_sample: OutOfSample
    skills: tuple[Skill | None, ...]
    findings: Mapping[int, Finding]
    session: ort.InferenceSession

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log returns [n, H] of rows [n, F]."""
        (answer,) = self.session.run([OUTPUT_NAME], {INPUT_NAME: features})
        return np.asarray(answer, np.float64)

    def serves(self) -> dict[int, str]:
        """`model` or `naive`, by graded horizon."""
        return {horizon: finding.serves for horizon, finding in self.findings.items()}


def load_model(row: Model, artifact: bytes, out_of_sample: OutOfSample) -> ServedModel:
    """Check a model's file against its row and load it.

    Raises:
        UnloadableModelError: size, hash, feature version or shape differ from what was registered.
    """
    _verify(row, artifact)
    return ServedModel(
        model_id=row.id,
        ticker=row.ticker,
        version=row.version,
        model_type=row.model_type,
        har=_har(row),
        out_of_sample=out_of_sample,
        skills=tuple(_skill(row, h) for h in row.horizons),
        findings={h: point_gate(row.metrics, row.evidence, h) for h in GRADED_HORIZONS},
        session=_session(row, artifact),
    )


def _verify(row: Model, artifact: bytes) -> None:
    if len(artifact) != row.artifact_bytes:
        raise UnloadableModelError(f"model {row.id}: {len(artifact)} bytes, registered with {row.artifact_bytes}")
    actual = hashlib.sha256(artifact).hexdigest()
    if actual != row.artifact_sha256:
        raise UnloadableModelError(f"model {row.id}: SHA-256 is {actual}, registered with {row.artifact_sha256}")
    if row.feature_version != FEATURE_VERSION:
        raise UnloadableModelError(
            f"model {row.id} was trained on feature version {row.feature_version}, this program makes {FEATURE_VERSION}"
        )


def _session(row: Model, artifact: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = ort.InferenceSession(artifact, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own errors share no base class
        raise UnloadableModelError(f"model {row.id} is no ONNX graph: {error}") from error
    inputs, outputs = session.get_inputs(), session.get_outputs()
    found = [(node.name, node.shape[-1]) for node in (*inputs, *outputs)]
    if found != [(INPUT_NAME, len(FEATURE_NAMES)), (OUTPUT_NAME, len(row.horizons))]:
        raise UnloadableModelError(f"model {row.id} has the wrong inputs or outputs: {found}")
    return session


def _har(row: Model) -> Floats:
    stored: dict[str, Any] = row.evidence.get("volatility", {})
    coefficients = np.array(stored.get("coefficients", []), np.float64)
    if coefficients.shape != (1 + len(HAR_WINDOWS), len(row.horizons)):
        raise UnloadableModelError(f"model {row.id} has no volatility model for its horizons: train it anew")
    return coefficients


def _skill(row: Model, horizon: int) -> Skill | None:
    record = row.metrics["overall"].get(str(horizon))
    if record is None:
        return None
    return Skill(
        horizon=horizon,
        value=record["skill"],
        p_value=record["dm_p_value"],
        sessions=record["sessions"],
        better_than_naive=record["better_than_naive"],
        verdict=record["verdict"],
    )
