"""Forecasts as they are served: where a model may not speak for itself, they say "no change"."""

from collections.abc import Mapping

import numpy as np

from backend.src.features.windows import Floats
from bellwether_contracts.market import graded_horizon

NAIVE = "naive"


def as_served(forecast: Floats, serves: Mapping[int, str]) -> Floats:
    """Forecasts with the columns set to 0 whose graded horizon is served by naive.

    Args:
        forecast: [..., H] log returns.
        serves: `model` or `naive`, by graded horizon; one that is not named serves the model's.
    """
    horizons = range(1, forecast.shape[-1] + 1)
    silent = np.array([serves.get(graded_horizon(h)) == NAIVE for h in horizons])
    return np.where(silent, 0.0, forecast)
