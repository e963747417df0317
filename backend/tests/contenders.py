"""Models with a made-up record, as trainings would leave them: for tests of who is promoted."""

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from backend.src.data.deployment_store import deploy_new
from backend.src.data.evaluation_files import OutOfSample
from backend.src.data.model_store import add_model
from backend.src.data.orm import Model
from backend.src.features.pipeline import FEATURE_NAMES, FEATURE_VERSION
from backend.src.registry.placement import placements
from backend.src.training.models.naive import NaiveModel
from backend.tests.ml_seed import Market

GRADED = (1, 5, 20)
SESSIONS = 2500


@cache
def out_of_sample(knows: float) -> OutOfSample:
    """A walk-forward on a made-up market; the share `knows` of every return was forecast."""
    rng = np.random.default_rng(20261121)
    total = np.concatenate([[0.0], np.cumsum(rng.normal(0, 0.01, SESSIONS + 20))])
    actual = np.stack([total[h : h + SESSIONS] - total[:SESSIONS] for h in range(1, 21)], axis=1)
    sigma = np.broadcast_to(0.01 * np.sqrt(np.arange(1, 21)), actual.shape) * (1 - 0.9 * knows)
    sessions = pd.bdate_range("2004-01-01", periods=SESSIONS, name="session")
    return OutOfSample(sessions, np.ones(SESSIONS, np.int64), knows * actual, np.array(sigma), actual)


@cache
def artifact() -> bytes:
    """The graph of a model that answers at once."""
    shape = np.zeros((1, len(FEATURE_NAMES)), np.float32), np.zeros((1, 20))
    return NaiveModel(NaiveModel.Params(), 1).fit(*shape).to_onnx()


def records(**changes: Any) -> dict[str, Any]:
    """Metrics that no gate refuses, but for what is changed."""
    record = {"skill": 0.01, "dm_p_value": 0.4, "dm_p_worse": 0.8, "theil_u": 0.99, "sessions": 65}
    record |= {"mae": 0.02, "naive_mae": 0.02, **changes}
    return {"overall": {str(h): dict(record) for h in GRADED}}


def add(stack: Market, ticker: str, knows: float = 0.0, record: dict[str, Any] | None = None, **changes: Any) -> Model:
    """A model's row with its files, as a training would leave it."""
    runtime = stack.runtime
    snapshot = runtime.snapshots.latest(ticker) or stack.hold(ticker)
    sha256, uri = runtime.model_files.put(artifact())
    covered = {"coverage": 0.8, "rows": 1000}
    values = {
        "ticker": ticker,
        "exchange": "XNAS",
        "source": "sample",
        "model_type": "naive",
        "params": {},
        "seed": 1,
        "feature_names": [],
        "feature_version": FEATURE_VERSION,
        "horizons": list(range(1, 21)),
        "snapshot": snapshot.sha256,
        "train_start": date(2012, 1, 3),
        "train_end": date(2013, 1, 3),
        "metrics": records(**(record or {})),
        "evidence": {"bands": {"coverage": {"80": [covered] * 20}}, "leaks": {"passed": True, "checks": []}},
        "verdict": "Not better than naive (p = 0.40, 65 sessions)",
        "git_commit": "0" * 40,
        "artifact_sha256": sha256,
        "artifact_bytes": len(artifact()),
        "artifact_uri": uri,
        "evaluation_sha256": runtime.evaluations.put(out_of_sample(knows)),
    }
    with runtime.meta_sessions.begin() as session:
        model = add_model(session, {**values, **changes})
        deploy_new(session, model, placements(model), "tests")
        return model
