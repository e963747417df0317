"""Brings ClickHouse to what a snapshot holds, by comparing every row: it trusts no earlier step to have finished."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from backend.errors import UpstreamError
from backend.src.data.bar_frame import BAR_COLUMNS
from backend.src.data.bar_store import BarStore
from backend.src.data.instrument_store import InstrumentFacts
from backend.src.features.indicators import INDICATOR_COLUMNS, add_indicators

_COMPARED = ("exchange", "currency", *BAR_COLUMNS[1:], *INDICATOR_COLUMNS)


@dataclass(frozen=True, slots=True)
class Series:
    """One ticker's bars from one source, and the snapshot that holds them."""

    ticker: str
    source: str
    facts: InstrumentFacts
    bars: pd.DataFrame
    snapshot: str


class BarPublisher:
    """Writes the rows that differ, as a newer version, and takes out those that must not be there."""

    def __init__(self, bars: BarStore) -> None:
        self._bars = bars

    def publish(self, series: Series, token: str) -> int:
        """Make ClickHouse equal to the series; indicators are computed over the whole of it.

        Args:
            series: What ClickHouse must hold.
            token: Names this run, so that a repeated block is dropped.

        Returns:
            How many rows were written or taken out: 0 when all was in place.

        Raises:
            UpstreamError: ClickHouse does not hold it afterwards.
        """
        target = add_indicators(series.bars).assign(
            ticker=series.ticker,
            source=series.source,
            exchange=series.facts.exchange,
            currency=series.facts.currency,
        )
        held = self._bars.read(series.ticker, series.source)
        changed, stale = _differing(target, held), _stale(target, held)
        if changed.empty and not stale:
            return 0
        if not changed.empty:
            version = int(held["version"].max()) + 1 if len(held) else 1
            self._bars.insert(changed.assign(snapshot=series.snapshot, version=version), token)
        if stale:
            self._bars.delete(series.ticker, series.source, stale)
        self._verify(series, target)
        return len(changed) + len(stale)

    def _verify(self, series: Series, target: pd.DataFrame) -> None:
        held = self._bars.read(series.ticker, series.source)
        wrong = len(_differing(target, held)) + len(_stale(target, held))
        if wrong:
            raise UpstreamError(
                f"ClickHouse holds {wrong} bars of {series.ticker} that differ from what was just written."
            )


def _differing(target: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    mirror = held.set_index("session").reindex(target["session"])
    same = np.ones(len(target), dtype=bool)
    for name in _COMPARED:
        ours, theirs = target[name].to_numpy(dtype=object), mirror[name].to_numpy(dtype=object)
        same &= (ours == theirs) | (pd.isna(ours) & pd.isna(theirs))
    return target[~same & np.ones(len(target), dtype=bool)]


def _stale(target: pd.DataFrame, held: pd.DataFrame) -> list[pd.Timestamp]:
    gone = held.loc[~held["session"].isin(target["session"]), "session"]
    return [moment.date() for moment in gone]
