"""What one call of a model takes."""

import statistics
import time

import numpy as np
import onnxruntime as ort

from backend.errors import DataQualityError
from backend.src.training.models.base import INPUT_NAME, OUTPUT_NAME

_WARM_UP_CALLS = 10
_CALLS = 100


def call_latency_us(artifact: bytes) -> float:
    """Median time of one row through an ONNX graph, in microseconds.

    Raises:
        DataQualityError: the file is no such graph.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = ort.InferenceSession(artifact, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own errors share no base class
        raise DataQualityError(f"A model's file is no ONNX graph: {error}") from error
    row = {INPUT_NAME: np.zeros((1, session.get_inputs()[0].shape[-1]), np.float32)}
    taken = []
    for _ in range(_WARM_UP_CALLS + _CALLS):
        before = time.perf_counter_ns()
        session.run([OUTPUT_NAME], row)
        taken.append(time.perf_counter_ns() - before)
    return statistics.median(taken[_WARM_UP_CALLS:]) / 1000
