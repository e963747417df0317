"""The ONNX graph of a fitted scikit-learn estimator."""

from typing import Any

from backend.src.training.models.base import INPUT_NAME, OUTPUT_NAME


def sklearn_graph(name: str, estimator: Any, n_features: int, n_horizons: int) -> bytes:
    """From `features` float32 [n, F] to `log_return` float32 [n, H].

    Args:
        name: The graph's name.
        estimator: A fitted estimator or pipeline.
        n_features: F.
        n_horizons: H.
    """
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType

    model = convert_sklearn(
        estimator,
        name,
        initial_types=[(INPUT_NAME, FloatTensorType([None, n_features]))],
        final_types=[(OUTPUT_NAME, FloatTensorType([None, n_horizons]))],
        target_opset={"": 18, "ai.onnx.ml": 3},
    )
    serialized: bytes = model.SerializeToString()
    return serialized
