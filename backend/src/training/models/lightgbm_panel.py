"""Gradient-boosted trees over all tickers at once."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from backend.src.training.models.base import Inputs, Returns
from backend.src.training.models.lightgbm import LightGBMModel, LightGBMParams
from backend.src.training.models.tree_graph import boosters_graph


class LightGBMPanelParams(LightGBMParams):
    """As for one ticker; and how many others to learn from: those with the most sessions."""

    max_peers: int = Field(default=20, ge=0, le=200)

    @property
    def peer_limit(self) -> int:
        """How many other tickers' rows the model learns from at most."""
        return self.max_peers


class LightGBMPanelModel(LightGBMModel):
    """One booster a horizon over the rows of many tickers, the ticker a category among the features."""

    name = "lightgbm_panel"
    Params = LightGBMPanelParams

    def fit(self, x: Inputs, y: Returns) -> Self:
        """Learn from the ticker's own rows, and from those of its peers that were known by then."""
        self._n_features = x.shape[1]
        self._own_code = self.peers.own_code if self.peers else 0
        pooled = self._with_ticker(x)
        if self.peers:
            others = np.column_stack([self.peers.x, self.peers.codes])
            pooled, y = np.vstack([pooled, others]), np.vstack([y, self.peers.y])
        self._boosters = self._boost(pooled, y, categorical_feature=[self._n_features])
        return self

    def predict(self, x: Inputs) -> Returns:
        """Forecast [n, H] log returns of the own ticker."""
        return super().predict(self._with_ticker(x))

    def to_onnx(self) -> bytes:
        """The own ticker's code is a constant of the graph: a request sends the features alone."""
        return boosters_graph(self.name, self._boosters, self._n_features, self._own_code)

    def _with_ticker(self, x: Inputs) -> NDArray[Any]:
        return np.column_stack([x, np.full(len(x), self._own_code, np.float32)])
