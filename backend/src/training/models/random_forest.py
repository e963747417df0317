"""A forest of shallow trees, each of which forecasts every horizon at once."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field

from backend.src.training.models.base import THREADS, ForecastModel, Inputs, ModelParams, Range, Returns
from backend.src.training.models.sklearn_graph import sklearn_graph


class RandomForestParams(ModelParams):
    """Shallow trees with big leaves: daily returns are nearly all noise."""

    search_space: ClassVar[Mapping[str, Range]] = {
        "max_depth": Range(2, 6),
        "min_samples_leaf": Range(20, 400, log=True),
        "max_features": Range(0.1, 0.6),
    }

    n_estimators: int = Field(default=100, ge=1, le=500)
    max_depth: int = Field(default=3, ge=1, le=12)
    min_samples_leaf: int = Field(default=100, ge=5, le=1000)
    max_features: float = Field(default=0.2, gt=0, le=1)
    max_samples: float = Field(default=0.7, gt=0, le=1)


class RandomForestModel(ForecastModel):
    """Breiman's (2001) random forest; a tree's leaf holds the returns of all horizons."""

    name = "random_forest"
    Params = RandomForestParams
    libraries = ("scikit-learn", "skl2onnx", "onnx")

    def fit(self, x: Inputs, y: Returns) -> Self:
        """Grow each tree on its own draw of rows."""
        from sklearn.ensemble import RandomForestRegressor

        self._shape = x.shape[1], y.shape[1]
        params = self.params.model_dump()
        self._forest: Any = RandomForestRegressor(**params, n_jobs=THREADS, random_state=self.seed)
        self._forest.fit(x, y if self._shape[1] > 1 else y[:, 0])
        return self

    def predict(self, x: Inputs) -> Returns:
        """Forecast [n, H] log returns."""
        return np.asarray(self._forest.predict(x), np.float64).reshape(len(x), -1)

    def to_onnx(self) -> bytes:
        """All trees in one node. Its thresholds are float32, rounded down: a float32 row takes the same branches."""
        return sklearn_graph(self.name, self._forest, *self._shape)
