"""What the ledger says of a model when an alias is pointed to it."""

from typing import Any

from backend.src.data.deployment_store import Placement
from backend.src.data.orm import Model
from backend.src.registry.gate import point_gate
from bellwether_contracts.market import GRADED_HORIZONS

_RECORDED = ("skill", "dm_p_value", "dm_p_worse", "theil_u", "sessions", "mae", "naive_mae")


def placement(model: Model, horizon: int, **evidence: Any) -> Placement:
    """A model at a horizon: what it serves by the gate, beside its record there and what else was found."""
    overall = model.metrics.get("overall", {}).get(str(horizon), {})
    finding = point_gate(model.metrics, model.evidence, horizon)
    record = {name: overall[name] for name in _RECORDED if name in overall}
    verdict = overall.get("verdict", model.verdict)
    shown = {"verdict": verdict, "snapshot": model.snapshot, **record, "gate": finding.as_json(), **evidence}
    return Placement(finding.serves, finding.reason, shown)


def placements(model: Model) -> dict[int, Placement]:
    """A model at every graded horizon."""
    return {horizon: placement(model, horizon) for horizon in GRADED_HORIZONS}
