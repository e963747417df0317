"""What else a training depends on: libraries and machine."""

import platform
from importlib.metadata import version

from backend.src.training.models import ForecastModel
from backend.src.training.models.base import THREADS

_ALWAYS = ("numpy", "pandas", "onnxruntime")


def environment(model: type[ForecastModel]) -> dict[str, str]:
    """Versions of what computed the model, and its thread count."""
    libraries = {name: version(name) for name in (*_ALWAYS, *model.libraries)}
    return {"python": platform.python_version(), "machine": platform.machine(), **libraries, "threads": str(THREADS)}
