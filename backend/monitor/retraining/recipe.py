"""What a retraining asks for: the champion's own recipe."""

from typing import Any

from backend.monitor.retraining.policy import Trigger
from backend.src.data.orm import Model
from backend.src.training.request import TrainRequest


def retraining(model: Model, trigger: Trigger, drift_window: int) -> TrainRequest:
    """The training that is to replace a model.

    After drift it learns from the newest sessions alone: what came before is what the market has left. Age and decay
    are no proof of that, so they keep the champion's window.

    Args:
        model: The champion.
        trigger: Why it is trained anew.
        drift_window: Sessions that it learns from after drift.
    """
    asked = requested(model)
    if trigger == "drift":
        asked |= {"window": "rolling", "window_sessions": drift_window}
    return TrainRequest.model_validate(asked)


def requested(model: Model) -> dict[str, Any]:
    """How a model was asked for; its row tells of those that are older than the record of the request."""
    recorded: dict[str, Any] | None = model.evidence.get("request")
    if recorded is not None:
        return dict(recorded)
    return {"ticker": model.ticker, "model_type": model.model_type, "params": model.params, "seed": model.seed}
