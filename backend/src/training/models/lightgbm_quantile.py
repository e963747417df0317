"""Gradient-boosted trees for the median."""

from typing import Any, ClassVar

from backend.src.training.models.lightgbm import LightGBMModel


class LightGBMQuantileModel(LightGBMModel):
    """One booster a horizon for the median return: it, not the mean, has the least absolute error."""

    name = "lightgbm_quantile"
    objective: ClassVar[dict[str, Any]] = {"objective": "quantile", "alpha": 0.5}
