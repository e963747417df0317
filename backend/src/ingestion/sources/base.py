"""The one interface that every source of daily bars has."""

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import pandas as pd

from backend.src.data.instrument_store import InstrumentFacts


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a source answered.

    Attributes:
        frame: One row a session, columns `bar_frame.BAR_COLUMNS` as they came: nothing is checked yet, so values may
            be missing, doubled or wrong. `session` is the date of the session on its own exchange.
        facts: Exchange, currency and names of the instrument.
        notes: How the prices are adjusted, in words.
    """

    frame: pd.DataFrame
    facts: InstrumentFacts
    notes: tuple[str, ...] = field(default=())


class PriceSource(Protocol):
    """A source of daily bars."""

    name: str
    """`yahoo`, `files` or `sample`: what is stored with every bar."""

    incremental: bool
    """Whether asking for a part is cheaper than asking for all."""

    noise: float
    """Relative difference by which two answers for the same bar may differ without meaning anything."""

    def fetch(self, ticker: str, start: date | None = None, end: date | None = None) -> Fetched:
        """The bars from `start` to `end`, both included; None means as far as the source goes.

        Raises:
            SourceError: One of `ingestion.errors`.
        """
