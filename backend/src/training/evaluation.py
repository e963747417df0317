"""A model's record: its errors out of sample, always beside naive's on the same rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.src.training.significance import diebold_mariano

SIGNIFICANT = 0.05
Returns = NDArray[np.float64]


def errors(forecast: Returns, actual: Returns) -> dict[str, float | None]:
    """Error metrics of one horizon beside those of "no change".

    Args:
        forecast: [n] log returns.
        actual: [n] log returns that came.
    """
    miss, change = np.abs(actual - forecast), np.abs(actual)
    return {
        "mae": float(miss.mean()),
        "rmse": float(np.sqrt(np.square(miss).mean())),
        "direction_accuracy": _direction_accuracy(forecast, actual),
        "naive_mae": float(change.mean()),
        "naive_rmse": float(np.sqrt(np.square(change).mean())),
        "up_share": float((actual > 0).mean()),
    }


def _direction_accuracy(forecast: Returns, actual: Returns) -> float | None:
    told = (forecast != 0) & (actual != 0)
    if not told.any():
        return None
    return float((np.sign(forecast[told]) == np.sign(actual[told])).mean())


def horizon_record(forecast: Returns, actual: Returns, horizon: int, *, is_naive: bool) -> dict[str, Any]:
    """The whole record of one horizon, with its verdict in words."""
    found = errors(forecast, actual)
    p_value = diebold_mariano(np.abs(actual - forecast), np.abs(actual), horizon)
    mae, naive_mae = found["mae"], found["naive_mae"]
    skill = 1 - mae / naive_mae if mae is not None and naive_mae else 0.0
    differs = p_value is not None and p_value < SIGNIFICANT
    return {
        **found,
        "sessions": len(actual),
        "skill": skill,
        "dm_p_value": p_value,
        "better_than_naive": skill > 0 and differs,
        "worse_than_naive": skill < 0 and differs,
        "verdict": "The naive forecast itself: no change" if is_naive else verdict(skill, p_value, len(actual)),
    }


def verdict(skill: float, p_value: float | None, sessions: int) -> str:
    """The record in one sentence.

    Args:
        skill: 1 - MAE / MAE of naive.
        p_value: Two-sided, of equal accuracy.
        sessions: How many were forecast.
    """
    if p_value is None:
        return f"Not shown to differ from naive ({sessions:,} sessions)"
    p = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}" if p_value < 0.1 else f"p = {p_value:.2f}"
    if p_value >= SIGNIFICANT:
        return f"Not better than naive ({p}, {sessions:,} sessions)"
    word = "Better" if skill > 0 else "Worse"
    return f"{word} than naive by {abs(skill):.1%} in MAE ({p}, {sessions:,} sessions)".replace("%", " %")
