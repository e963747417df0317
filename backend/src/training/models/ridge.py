"""Linear regression with a penalty: little to overfit with, and fast."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field

from backend.src.training.models.base import ForecastModel, Inputs, ModelParams, Range, Returns
from backend.src.training.models.sklearn_graph import sklearn_graph


class RidgeParams(ModelParams):
    """How strongly coefficients are pulled to zero."""

    search_space: ClassVar[Mapping[str, Range]] = {"alpha": Range(10.0, 1e6, log=True)}

    alpha: float = Field(default=1000.0, gt=0, le=1e8)


class RidgeModel(ForecastModel):
    """Standardised features, one ridge regression a horizon."""

    name = "ridge"
    Params = RidgeParams
    libraries = ("scikit-learn", "skl2onnx", "onnx")

    def fit(self, x: Inputs, y: Returns) -> Self:
        """The scaler is part of the model: it sees the rows of its own fold and no others."""
        from sklearn.linear_model import Ridge
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        self._pipeline: Any = make_pipeline(StandardScaler(), Ridge(alpha=self.params.alpha, solver="cholesky"))
        self._shape = x.shape[1], y.shape[1]
        self._pipeline.fit(x.astype(np.float64), y)
        return self

    def predict(self, x: Inputs) -> Returns:
        """Forecast [n, H] log returns."""
        return np.asarray(self._pipeline.predict(x.astype(np.float64)), np.float64).reshape(len(x), -1)

    def to_onnx(self) -> bytes:
        """Scaler and regression in one graph."""
        return sklearn_graph(self.name, self._pipeline, *self._shape)
