"""The one shape of a series of daily bars, whichever store it is in: columns, types, order, and how it is hashed."""

import hashlib

import numpy as np
import pandas as pd

PRICE_COLUMNS = ("open", "high", "low", "close", "adj_close")
BAR_COLUMNS = ("session", *PRICE_COLUMNS, "volume", "dividend", "split_ratio")
"""`session` is a naive midnight (`datetime64[ns]`), `volume` is int64, all else float64."""

_DTYPES = {name: "int64" if name == "volume" else "float64" for name in BAR_COLUMNS[1:]}


def canonical(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with exactly `BAR_COLUMNS`, their types, in the order of its sessions, on a plain index.

    Args:
        frame: At least `BAR_COLUMNS`; `session` may hold dates or naive timestamps.
    """
    bars = frame.loc[:, list(BAR_COLUMNS)].astype(_DTYPES)
    bars["session"] = pd.to_datetime(bars["session"]).astype("datetime64[ns]")
    return bars.sort_values("session", kind="stable", ignore_index=True)


def empty() -> pd.DataFrame:
    """A series without bars."""
    return canonical(pd.DataFrame({name: [] for name in BAR_COLUMNS}))


def checksum(frame: pd.DataFrame) -> str:
    """SHA-256 over every bit of the values, whatever the order of the rows: equal only if the series are."""
    bars = canonical(frame)
    digest = hashlib.sha256()
    for name in BAR_COLUMNS:
        # + 0.0 makes -0.0 and 0.0 one value, as they are in every comparison.
        values = bars[name].to_numpy()
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(values + 0.0 if values.dtype == np.float64 else values).tobytes())
    return digest.hexdigest()
