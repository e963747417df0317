"""The model types, by name: every class in this folder's files."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from pkgutil import iter_modules

from backend.src.training.models.base import ForecastModel

__all__ = ["MODEL_TYPES", "ForecastModel"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")


def _with_descendants(models: Iterable[type[ForecastModel]]) -> Iterator[type[ForecastModel]]:
    for model in models:
        yield model
        yield from _with_descendants(model.__subclasses__())


MODEL_TYPES: dict[str, type[ForecastModel]] = {
    model.name: model for model in _with_descendants(ForecastModel.__subclasses__())
}
