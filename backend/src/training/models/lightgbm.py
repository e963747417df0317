"""Gradient-boosted trees: one small booster a horizon, exported as one ensemble."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from pydantic import Field

from backend.src.training.models.base import (
    INPUT_NAME,
    OUTPUT_NAME,
    THREADS,
    ForecastModel,
    Inputs,
    ModelParams,
    Returns,
)

if TYPE_CHECKING:
    from onnx import ModelProto

_IR_VERSION = 9


class LightGBMParams(ModelParams):
    """Small trees and a slow pace: daily returns are nearly all noise."""

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

    def fit(self, x: Inputs, y: Returns) -> Self:
        """Bin the features once, then boost towards each horizon's returns."""
        import lightgbm

        options = self._options()
        data = lightgbm.Dataset(x, label=y[:, 0], params=options, free_raw_data=False)
        self._boosters: list[Any] = []
        for label in y.T:
            data.set_label(np.ascontiguousarray(label))
            self._boosters.append(lightgbm.train(options, data, num_boost_round=self.params.n_estimators))
        self._n_features = x.shape[1]
        return self

    def predict(self, x: Inputs) -> Returns:
        """Forecast [n, H] log returns."""
        return np.column_stack([booster.predict(x, num_threads=THREADS) for booster in self._boosters])

    def to_onnx(self) -> bytes:
        """All trees in one node, each adding to its own horizon: 20 nodes would cost 20 calls a forecast."""
        from onnxmltools import convert_lightgbm
        from onnxmltools.convert.common.data_types import FloatTensorType

        inputs = [(INPUT_NAME, FloatTensorType([None, self._n_features]))]
        parts = [convert_lightgbm(booster, initial_types=inputs, target_opset=15) for booster in self._boosters]
        serialized: bytes = _merged(parts, self._n_features).SerializeToString()
        return serialized

    def _options(self) -> dict[str, Any]:
        params = self.params.model_dump(exclude={"n_estimators"})
        return {
            **params,
            "objective": "regression",
            "subsample_freq": 1,
            "max_bin": 63,
            "seed": self.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": THREADS,
            "verbosity": -1,
        }


def _merged(parts: "list[ModelProto]", n_features: int) -> "ModelProto":
    from onnx import TensorProto, helper

    node = helper.make_node(
        "TreeEnsembleRegressor",
        [INPUT_NAME],
        [OUTPUT_NAME],
        domain="ai.onnx.ml",
        n_targets=len(parts),
        post_transform="NONE",
    )
    node.attribute.extend(helper.make_attribute(name, values) for name, values in _trees(parts).items())
    graph = helper.make_graph(
        [node],
        LightGBMModel.name,
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, [None, n_features])],
        [helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, [None, len(parts)])],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)


def _trees(parts: "list[ModelProto]") -> dict[str, list[Any]]:
    """The attributes of all ensembles end to end, trees renumbered, targets numbered by horizon."""
    from onnx import helper

    merged: dict[str, list[Any]] = {}
    first_tree = 0
    for target, part in enumerate(parts):
        node = next(node for node in part.graph.node if node.op_type == "TreeEnsembleRegressor")
        values = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
        values["target_ids"] = [target] * len(values["target_ids"])
        for name in ("nodes_treeids", "target_treeids"):
            values[name] = [first_tree + tree for tree in values[name]]
        first_tree = max(values["nodes_treeids"]) + 1
        for name, value in values.items():
            if name.startswith(("nodes_", "target_")):
                merged.setdefault(name, []).extend(value)
    return merged
