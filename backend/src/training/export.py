"""From a fitted model to a file that answers alike."""

from dataclasses import dataclass

import numpy as np
import onnxruntime as ort

from backend.errors import BellwetherError
from backend.src.training.models import ForecastModel
from backend.src.training.models.base import INPUT_NAME, OUTPUT_NAME, Inputs


class ParityError(BellwetherError):
    """The exported graph does not answer like the trained model: it must not be registered (500)."""

    title = "Export differs"


@dataclass(frozen=True, slots=True)
class Export:
    """An ONNX file, and how far its answers are from the model's on the training rows, in log return."""

    content: bytes
    max_abs_diff: float
    tolerance: float
    rows: int


def export(model: ForecastModel, x: Inputs) -> Export:
    """Export a fitted model and compare both on the rows it was trained on.

    Raises:
        ParityError: some answer differs by more than the model type's tolerance.
    """
    content = model.to_onnx()
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    (answer,) = session.run([OUTPUT_NAME], {INPUT_NAME: x})
    difference = float(np.abs(np.asarray(answer, np.float64) - model.predict(x)).max())
    if not difference <= model.tolerance:  # also true for NaN
        raise ParityError(
            f"The exported {model.name} model differs from the trained one by {difference:.2g} in log return;"
            f" {model.tolerance:.2g} is allowed."
        )
    return Export(content, difference, model.tolerance, len(x))
