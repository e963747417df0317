"""What other tickers have to teach, and when it was known."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.src.features.pipeline import FEATURE_NAMES
from backend.src.training.models.base import Peers
from backend.src.training.walk_forward import TrainingRows
from bellwether_contracts.market import MAX_HORIZON


class Panel:
    """The rows of other tickers, by the session at which their labels were complete.

    Rows are matched by date, never by number: tickers begin and end, and their exchanges close, on days of their own.

    Attributes:
        snapshots: The SHA-256 of the others' snapshots by ticker: with these the panel can be made again.
    """

    def __init__(self, ticker: str, snapshots: Mapping[str, str], load: Callable[[str], pd.DataFrame]) -> None:
        """Compute the rows of all members.

        Args:
            ticker: The one that is forecast.
            snapshots: The SHA-256 of the others' snapshots, by ticker.
            load: Reads the bars of a snapshot.
        """
        self.snapshots = dict(sorted(snapshots.items()))
        codes = {name: code for code, name in enumerate(sorted({ticker, *snapshots}))}
        self._own_code = codes[ticker]
        members = [(codes[name], TrainingRows(load(sha256))) for name, sha256 in self.snapshots.items()]
        self._x = np.vstack([np.empty((0, len(FEATURE_NAMES)), np.float32), *(m.x[: len(m)] for _, m in members)])
        self._y = np.vstack([np.empty((0, MAX_HORIZON)), *(m.y[: len(m)] for _, m in members)])
        self._codes = np.concatenate([np.empty(0, np.int64), *(np.full(len(m), code) for code, m in members)])
        self._label_end = _dates([m.sessions[MAX_HORIZON : len(m) + MAX_HORIZON] for _, m in members])

    def __len__(self) -> int:
        return len(self._codes)

    def known(self, session: pd.Timestamp) -> Peers | None:
        """The rows whose every label was known at the close of a session; None when there are none."""
        then = self._label_end <= session.to_datetime64()
        if not then.any():
            return None
        return Peers(self._x[then], self._y[then], self._codes[then], self._own_code)

    def as_json(self) -> dict[str, Any]:
        """As it is stored with a model."""
        return {"snapshots": self.snapshots, "rows": len(self)}


def last_known(rows: TrainingRows, learn: slice) -> pd.Timestamp:
    """The session at whose close the labels of these rows were complete: the last that a fold may learn from."""
    return pd.Timestamp(rows.sessions[learn.stop - 1 + MAX_HORIZON])


def _dates(sessions: list[pd.DatetimeIndex]) -> NDArray[np.datetime64]:
    return np.concatenate([np.empty(0, "datetime64[ns]"), *(index.to_numpy() for index in sessions)])
