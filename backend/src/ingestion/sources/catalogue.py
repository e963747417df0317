"""The sources by name, each made on first use: a process that reads the sample does not import yfinance."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from backend.errors import InvalidRequestError
from backend.src.ingestion.sources.base import PriceSource
from backend.src.ingestion.sources.files import FilesSource
from backend.src.ingestion.sources.sample import SampleSource

Sources = Mapping[str, Callable[[], PriceSource]]

SOURCE_NAMES = ("yahoo", "files", "sample")


def sources(files_dir: Path | None) -> Sources:
    """A maker for each source that is configured."""

    @cache
    def yahoo() -> PriceSource:
        from backend.src.ingestion.sources.yahoo import YahooSource

        return YahooSource()

    def files() -> PriceSource:
        if files_dir is None:
            raise InvalidRequestError("The source `files` is not set up: FILES_DIR names no folder.")
        return FilesSource(files_dir)

    return {"yahoo": yahoo, "files": files, "sample": SampleSource}


def source_named(name: str, known: Sources) -> PriceSource:
    """The source of that name.

    Raises:
        InvalidRequestError: There is none.
    """
    if name not in known:
        raise InvalidRequestError(f"Unknown source {name[:20]!r}; known: {', '.join(known)}.")
    return known[name]()
