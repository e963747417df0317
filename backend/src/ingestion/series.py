"""How a new answer of a source joins the series that is stored. Pure functions."""

from datetime import date

import numpy as np
import pandas as pd

from backend.errors import DataQualityError
from backend.src.data.bar_frame import BAR_COLUMNS, PRICE_COLUMNS, canonical
from backend.src.ingestion.quality import MAX_BAD_SHARE

OVERLAP = 10
"""Bars that an incremental request asks for again, to see whether the old ones still hold."""


def overlap_start(stored: pd.DataFrame) -> date:
    """Where an incremental request begins."""
    first: date = stored["session"].iloc[-min(OVERLAP, len(stored))].date()
    return first


def continues(stored: pd.DataFrame, fetched: pd.DataFrame, noise: float) -> bool:
    """Whether an incremental answer lies on the basis of what is stored.

    It does not when a bar of the overlap differs or is missing, or when the answer brings a split or a dividend: either
    moves the adjusted prices of the whole past.
    """
    if len(stored) == 0 or fetched["session"].duplicated().any():
        return False
    new = fetched[fetched["session"] > stored["session"].iloc[-1]]
    if (new["dividend"] != 0).any() or (new["split_ratio"] != 1).any():
        return False
    old = stored[stored["session"].dt.date >= overlap_start(stored)]
    again = fetched.set_index("session").reindex(old["session"])
    return bool(_same(old, again, noise).all())


def settle(stored: pd.DataFrame, fetched: pd.DataFrame, noise: float) -> pd.DataFrame:
    """The fetched bars, each as it is stored where the two differ by noise only: noise is no correction."""
    if noise == 0 or stored.empty:
        return fetched
    held = stored.set_index("session").reindex(fetched["session"])
    keep = _same(fetched, held, noise)
    values = list(BAR_COLUMNS[1:])
    settled = fetched.copy()
    settled.loc[keep, values] = held.loc[keep, values].to_numpy()
    return canonical(settled)


def overlay(stored: pd.DataFrame, fetched: pd.DataFrame) -> pd.DataFrame:
    """The stored series with the fetched bars in their places."""
    kept = stored[~stored["session"].isin(fetched["session"])]
    return canonical(pd.concat([kept, fetched], ignore_index=True)) if len(kept) else fetched


def without(bars: pd.DataFrame, sessions: tuple[date, ...]) -> pd.DataFrame:
    """The bars of all other sessions."""
    return canonical(bars[~bars["session"].dt.date.isin(sessions)])


def withdrawn(stored: pd.DataFrame, series: pd.DataFrame) -> tuple[date, ...]:
    """The stored sessions that the series no longer has.

    Raises:
        DataQualityError: There are so many that the answer must be cut short.
    """
    gone = stored.loc[~stored["session"].isin(series["session"]), "session"].dt.date.tolist()
    if len(gone) > max(1.0, MAX_BAD_SHARE * len(stored)):
        raise DataQualityError(
            f"The source's history lacks {len(gone)} of {len(stored)} stored sessions ({gone[0]} to {gone[-1]}):"
            f" more than {MAX_BAD_SHARE:.0%} can't go at once, so nothing was changed."
        )
    return tuple(gone)


def _same(left: pd.DataFrame, right: pd.DataFrame, noise: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    same = np.ones(len(left), dtype=bool)
    for name in BAR_COLUMNS[1:]:
        tolerance = noise if name in PRICE_COLUMNS else 0.0
        a = left[name].to_numpy(dtype=np.float64, na_value=np.nan)
        b = right[name].to_numpy(dtype=np.float64, na_value=np.nan)
        same &= np.abs(a - b) <= tolerance * np.abs(a)
    return same
