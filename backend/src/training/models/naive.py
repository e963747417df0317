"""Tomorrow = today."""

from typing import Self

import numpy as np

from backend.src.training.models.base import INPUT_NAME, OUTPUT_NAME, ForecastModel, Inputs, Returns


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
        from onnx import TensorProto, helper, numpy_helper

        n_features, n_horizons = self._shape
        zeros = numpy_helper.from_array(np.zeros(self._shape, np.float32), "zeros")
        graph = helper.make_graph(
            [helper.make_node("MatMul", [INPUT_NAME, "zeros"], [OUTPUT_NAME])],
            self.name,
            [helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, [None, n_features])],
            [helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, [None, n_horizons])],
            [zeros],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        serialized: bytes = model.SerializeToString()
        return serialized
