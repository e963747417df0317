"""The model types, by name: every class in this folder's files."""

from importlib import import_module
from pkgutil import iter_modules

from backend.src.training.models.base import ForecastModel

__all__ = ["MODEL_TYPES", "ForecastModel"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

MODEL_TYPES: dict[str, type[ForecastModel]] = {model.name: model for model in ForecastModel.__subclasses__()}
