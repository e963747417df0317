"""The ONNX graph of forecasts that are linear in the features."""

import numpy as np
from numpy.typing import NDArray

from backend.src.training.models.base import INPUT_NAME, OUTPUT_NAME

Floats = NDArray[np.float64]


def linear_graph(name: str, coefficients: Floats, intercept: Floats) -> bytes:
    """One node: features times coefficients, plus the intercept.

    Args:
        name: The graph's name.
        coefficients: [F, H].
        intercept: [H].
    """
    from onnx import TensorProto, helper, numpy_helper

    n_features, n_horizons = coefficients.shape
    graph = helper.make_graph(
        [helper.make_node("Gemm", [INPUT_NAME, "coefficients", "intercept"], [OUTPUT_NAME])],
        name,
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, [None, n_features])],
        [helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, [None, n_horizons])],
        [
            numpy_helper.from_array(coefficients.astype(np.float32), "coefficients"),
            numpy_helper.from_array(intercept.astype(np.float32), "intercept"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    serialized: bytes = model.SerializeToString()
    return serialized
