"""Which features a model leans on: permutation importance (Breiman 2001) on rows that it had not seen."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backend.src.training.models import ForecastModel
from backend.src.training.models.base import Inputs, Returns

ROWS_PER_FOLD: Final = 128
"""Evenly spread over a fold's test rows."""

SEED: Final = 0


def error_increases(model: ForecastModel, x: Inputs, y: Returns) -> NDArray[np.float64]:
    """How much worse the next session's absolute error gets when one feature is shuffled. [rows, F]

    Args:
        model: Fitted on earlier rows.
        x: [n, F] held-out features.
        y: [n, H] what came after them.
    """
    chosen = np.unique(np.linspace(0, len(x) - 1, min(ROWS_PER_FOLD, len(x))).round().astype(int))
    held_out, actual = x[chosen], y[chosen, 0]
    n, features = held_out.shape
    shuffled = np.tile(held_out, (features, 1, 1))
    order = np.random.default_rng(SEED).permutation(n)
    for feature in range(features):
        shuffled[feature, :, feature] = held_out[order, feature]
    forecast = model.predict(shuffled.reshape(-1, features))[:, 0].reshape(features, n)
    return np.asarray((np.abs(actual - forecast) - np.abs(actual - model.predict(held_out)[:, 0])).T)


def importance_record(increases: NDArray[np.float64], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Features by their mean increase of the error, the most important first."""
    mean = increases.mean(axis=0)
    order = np.argsort(-mean, kind="stable")
    return [{"feature": names[i], "mae_increase": float(mean[i])} for i in order]
