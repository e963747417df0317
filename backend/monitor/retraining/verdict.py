"""Whether one way of forecasting was better than another on the same rows, in numbers and in words."""

from typing import Any, Final

import numpy as np

from backend.src.features.windows import Floats
from backend.src.training.significance import diebold_mariano

SIGNIFICANT: Final = 0.05


def compared(frozen: Floats, retrained: Floats, actual: Floats) -> dict[str, Any]:
    """Two forecasts beside naive.

    Args:
        frozen: Log returns that the first model forecast.
        retrained: Those of the models that the policy would have had.
        actual: Those that came.
    """
    naive = np.abs(actual)
    losses = {name: np.abs(actual - forecast) for name, forecast in (("frozen", frozen), ("retrained", retrained))}
    base = float(naive.mean())
    ratios = {name: float(loss.mean()) / base if base else None for name, loss in losses.items()}
    return {
        "rows": len(actual),
        "naive_mae": base,
        "frozen_mae_ratio": ratios["frozen"],
        "retrained_mae_ratio": ratios["retrained"],
        "mae_difference": float((losses["retrained"] - losses["frozen"]).mean()),
        "p_value": diebold_mariano(losses["retrained"], losses["frozen"], 1),
    }


def sentence(retrainings: int, blocks: dict[str, dict[str, Any]]) -> str:
    """The report in words: of what was served, or of the models' own forecasts where that was the same."""
    if not retrainings:
        return "The policy would not have retrained in this range, so there is nothing to compare."
    times = "once" if retrainings == 1 else f"{retrainings} times"
    if blocks["served"]["p_value"] is not None:
        return f"Retraining {times} {_verdict(blocks['served'])}."
    if blocks["own"]["p_value"] is None:
        return f"Retraining {times} would have changed no forecast."
    return (
        f"Retraining {times} would have changed nothing that was served, for no change was served throughout; by the"
        f" models' own forecasts it {_verdict(blocks['own'])}."
    )


def _verdict(found: dict[str, Any]) -> str:
    numbers = (
        f"(p = {found['p_value']:.2g}): the error is {found['retrained_mae_ratio']:.4f} of naive's, and"
        f" {found['frozen_mae_ratio']:.4f} without"
    )
    if found["p_value"] >= SIGNIFICANT:
        return f"would not have helped {numbers}"
    return f"would have {'helped' if found['mae_difference'] < 0 else 'done harm'} {numbers}"
