"""The sources by name, each made on first use: a process that reads the sample does not import yfinance."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from backend.errors import InvalidRequestError
from backend.src.data.instrument_store import SIMULATION
from backend.src.ingestion.sources.base import PriceSource
from backend.src.ingestion.sources.files import FilesSource
from backend.src.ingestion.sources.sample import SampleSource
from bellwether_contracts.market import SIMULATED_SUFFIX, is_simulated

Sources = Mapping[str, Callable[[], PriceSource]]

SOURCE_NAMES = ("yahoo", "files", "sample", SIMULATION)


def sources(files_dir: Path | None, simulation: Callable[[], PriceSource]) -> Sources:
    """A maker for each source that is configured.

    Args:
        files_dir: The folder of the source `files`, if there is one.
        simulation: Makes the simulated market.
    """

    @cache
    def yahoo() -> PriceSource:
        from backend.src.ingestion.sources.yahoo import YahooSource

        return YahooSource()

    def files() -> PriceSource:
        if files_dir is None:
            raise InvalidRequestError("The source `files` is not set up: FILES_DIR names no folder.")
        return FilesSource(files_dir)

    return {"yahoo": yahoo, "files": files, "sample": SampleSource, SIMULATION: cache(simulation)}


def name_of_source(ticker: str, asked: str | None, default: str) -> str:
    """Which source answers for a ticker.

    Raises:
        InvalidRequestError: A simulated series was asked of a real source, or a real one of the simulation.
    """
    simulated = is_simulated(ticker)
    if asked is not None and simulated != (asked == SIMULATION):
        raise InvalidRequestError(
            f"{ticker} does not come from {asked}: the source `{SIMULATION}` has the tickers that end in"
            f" {SIMULATED_SUFFIX}, and no others."
        )
    return SIMULATION if simulated else asked or default


def source_named(name: str, known: Sources) -> PriceSource:
    """The source of that name.

    Raises:
        InvalidRequestError: There is none.
    """
    if name not in known:
        raise InvalidRequestError(f"Unknown source {name[:20]!r}; known: {', '.join(known)}.")
    return known[name]()
