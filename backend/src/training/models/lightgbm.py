"""Gradient-boosted trees: one small booster a horizon, exported as one ensemble."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from backend.src.training.models.base import THREADS, ForecastModel, Inputs, ModelParams, Range, Returns
from backend.src.training.models.tree_graph import boosters_graph


class LightGBMParams(ModelParams):
    """Small trees and a slow pace: daily returns are nearly all noise."""

    search_space: ClassVar[Mapping[str, Range]] = {
        "n_estimators": Range(10, 150, log=True),
        "num_leaves": Range(2, 15),
        "min_child_samples": Range(20, 400, log=True),
        "reg_lambda": Range(1.0, 1e4, log=True),
    }

    n_estimators: int = Field(default=60, ge=1, le=500)
    num_leaves: int = Field(default=7, ge=2, le=63)
    learning_rate: float = Field(default=0.03, gt=0, le=1)
    min_child_samples: int = Field(default=40, ge=5, le=1000)
    reg_lambda: float = Field(default=10.0, ge=0, le=1e6)
    colsample_bytree: float = Field(default=0.5, gt=0, le=1)
    subsample: float = Field(default=0.7, gt=0, le=1)


class LightGBMModel(ForecastModel):
    """One booster a horizon on shared histograms."""

    name = "lightgbm"
    Params = LightGBMParams
    libraries = ("lightgbm", "onnxmltools", "onnx")
    objective: ClassVar[dict[str, Any]] = {"objective": "regression"}

    def fit(self, x: Inputs, y: Returns) -> Self:
        """Bin the features once, then boost towards each horizon's returns."""
        self._n_features = x.shape[1]
        self._boosters = self._boost(x, y)
        return self

    def predict(self, x: Inputs) -> Returns:
        """Forecast [n, H] log returns."""
        return np.column_stack([booster.predict(x, num_threads=THREADS) for booster in self._boosters])

    def to_onnx(self) -> bytes:
        """All trees in one node, each adding to its own horizon: 20 nodes would cost 20 calls a forecast."""
        return boosters_graph(self.name, self._boosters, self._n_features)

    def _boost(self, x: NDArray[Any], y: Returns, **dataset: Any) -> list[Any]:
        import lightgbm

        options = self._options()
        data = lightgbm.Dataset(x, label=y[:, 0], params=options, free_raw_data=False, **dataset)
        boosters = []
        for label in y.T:
            data.set_label(np.ascontiguousarray(label))
            boosters.append(lightgbm.train(options, data, num_boost_round=self.params.n_estimators))
        return boosters

    def _options(self) -> dict[str, Any]:
        return {
            **self.params.model_dump(include=set(LightGBMParams.model_fields) - {"n_estimators"}),
            **self.objective,
            "subsample_freq": 1,
            "max_bin": 63,
            "seed": self.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": THREADS,
            "verbosity": -1,
        }
