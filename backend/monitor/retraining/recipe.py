"""What a retraining asks for: the champion's own recipe."""

from typing import Any

from backend.monitor.retraining.policy import Trigger
from backend.src.data.orm import Model
from backend.src.training.request import TrainRequest


def retraining(asked: TrainRequest, trigger: Trigger, drift_window: int) -> TrainRequest:
    """The training that is to replace another.

    After drift it learns from the newest sessions alone: what came before is what the market has left. Age and decay
    are no proof of that, so they keep the window.

    Args:
        asked: How the champion was asked for.
        trigger: Why it is trained anew.
        drift_window: Sessions that it learns from after drift.
    """
    if trigger != "drift":
        return asked
    return TrainRequest.model_validate(asked.model_dump() | {"window": "rolling", "window_sessions": drift_window})


def requested(model: Model) -> TrainRequest:
    """How a model was asked for; its row tells of those that are older than the record of the request."""
    recorded: dict[str, Any] | None = model.evidence.get("request")
    older = {"ticker": model.ticker, "model_type": model.model_type, "params": model.params, "seed": model.seed}
    return TrainRequest.model_validate(recorded or older)
