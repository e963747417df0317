"""Tomorrow = today."""

from typing import Self

import numpy as np

from backend.src.training.models.base import ForecastModel, Inputs, Returns
from backend.src.training.models.linear_graph import linear_graph


class NaiveModel(ForecastModel):
    """The forecast that every other one is measured against: no change."""

    name = "naive"
    libraries = ("onnx",)
    tolerance = 0.0

    def fit(self, x: Inputs, y: Returns) -> Self:
        """Only the shape is learned."""
        self._shape = x.shape[1], y.shape[1]
        return self

    def predict(self, x: Inputs) -> Returns:
        """A return of zero for every horizon."""
        return np.zeros((len(x), self._shape[1]))

    def to_onnx(self) -> bytes:
        """A product with zeros."""
        return linear_graph(self.name, np.zeros(self._shape), np.zeros(self._shape[1]))
