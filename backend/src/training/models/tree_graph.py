"""The ONNX graph of boosted trees: every horizon's booster in one node."""

from typing import TYPE_CHECKING, Any

import numpy as np

from backend.src.training.models.base import INPUT_NAME, OUTPUT_NAME

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

_IR_VERSION = 9
_COMPLETED = "features_with_ticker"


def boosters_graph(name: str, boosters: list[Any], n_features: int, ticker_code: int | None = None) -> bytes:
    """LightGBM boosters, one a horizon, as one ensemble whose trees each add to their own horizon.

    Args:
        name: The graph's name.
        boosters: In order of the horizons.
        n_features: How many features a request sends.
        ticker_code: The boosters' last feature, if it is the ticker: then it is a constant of the graph.
    """
    from onnx import TensorProto, helper

    bound, weights = ([], []) if ticker_code is None else _bind(n_features, ticker_code)
    width = n_features + len(bound)
    trees = helper.make_node(
        "TreeEnsembleRegressor",
        [_COMPLETED if bound else INPUT_NAME],
        [OUTPUT_NAME],
        domain="ai.onnx.ml",
        n_targets=len(boosters),
        post_transform="NONE",
    )
    parts = [_converted(booster, width) for booster in boosters]
    trees.attribute.extend(helper.make_attribute(key, values) for key, values in _trees(parts).items())
    graph = helper.make_graph(
        [*bound, trees],
        name,
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, [None, n_features])],
        [helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, [None, len(boosters)])],
        weights,
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
    serialized: bytes = model.SerializeToString()
    return serialized


def _bind(n_features: int, ticker_code: int) -> "tuple[list[NodeProto], list[TensorProto]]":
    """A column more, always the same: times one for what is there, plus the code where nothing is."""
    from onnx import helper, numpy_helper

    keep = np.eye(n_features, n_features + 1, dtype=np.float32)
    code = np.zeros(n_features + 1, np.float32)
    code[-1] = ticker_code
    node = helper.make_node("Gemm", [INPUT_NAME, "keep", "ticker"], [_COMPLETED])
    return [node], [numpy_helper.from_array(keep, "keep"), numpy_helper.from_array(code, "ticker")]


def _converted(booster: Any, width: int) -> "ModelProto":
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    inputs = [(INPUT_NAME, FloatTensorType([None, width]))]
    model: ModelProto = convert_lightgbm(booster, initial_types=inputs, target_opset=15)
    return model


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
