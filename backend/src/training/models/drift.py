"""Tomorrow = today and the mean change."""

from typing import Self

import numpy as np

from backend.src.training.models.base import ForecastModel, Inputs, Returns
from backend.src.training.models.linear_graph import linear_graph


class DriftModel(ForecastModel):
    """The line through the first and the last price: the past's mean return goes on."""

    name = "drift"
    libraries = ("onnx",)
    tolerance = 1e-8

    def fit(self, x: Inputs, y: Returns) -> Self:
        """The mean return of one session, times the sessions ahead."""
        self._n_features = x.shape[1]
        self._path = y[:, 0].mean() * np.arange(1, y.shape[1] + 1)
        return self

    def predict(self, x: Inputs) -> Returns:
        """The same [H] log returns for every row."""
        return np.tile(self._path, (len(x), 1))

    def to_onnx(self) -> bytes:
        """A constant: the features' coefficients are zero."""
        return linear_graph(self.name, np.zeros((self._n_features, len(self._path))), self._path)
