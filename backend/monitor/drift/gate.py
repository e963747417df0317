"""The cheap gate: are the newest sessions like those that a model was trained on?"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.errors import InvalidRequestError
from backend.monitor.drift.calibration import MIN_WINDOWS, Calibration, calibrate, window_starts
from backend.monitor.drift.columns import COLUMNS, Rows
from backend.monitor.drift.distance import NormalScores, Wasserstein
from backend.src.features.windows import Floats


@dataclass(frozen=True, slots=True)
class ColumnDistance:
    """How far one column lies from its past: `ratio` is to what would be an alarm, so that above 1 is one."""

    name: str
    distance: float
    ratio: float


@dataclass(frozen=True, slots=True)
class FeatureFinding:
    """What the gate found, the columns that lie furthest out first."""

    columns: list[ColumnDistance]
    false_alarm_rate: float
    windows: int

    @property
    def max_ratio(self) -> float:
        """That of the column that lies furthest out."""
        return self.columns[0].ratio

    @property
    def drifted(self) -> bool:
        """Whether any column lies further out than it should."""
        return self.max_ratio > 1

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        columns = [
            {"name": each.name, "distance": each.distance, "ratio": each.ratio, "drifted": each.ratio > 1}
            for each in self.columns
        ]
        return {"drifted": self.drifted, "max_ratio": self.max_ratio, "windows": self.windows, "columns": columns}


class Gate:
    """Compares windows with a model's training history. It is calibrated once, by that history alone.

    Args:
        history: The rows that the model was trained on, all with a target.
        width: Sessions of a window.
        rate: The share of checks that may raise a false alarm.

    Raises:
        InvalidRequestError: the history is too short to tell what is usual.
    """

    def __init__(self, history: Rows, width: int, rate: float) -> None:
        if len(history) < MIN_WINDOWS * width:
            raise InvalidRequestError(
                f"A history of {len(history)} sessions is too short to say what is usual in {width} of them:"
                f" {MIN_WINDOWS * width} are needed."
            )
        self.sessions = len(history)
        self._scores = [NormalScores(column) for column in history.values.T]
        scored = np.column_stack([score(column) for score, column in zip(self._scores, history.values.T, strict=True)])
        self._distances = [Wasserstein(column) for column in scored.T]
        self.calibration = self._calibrated(scored, width, rate)

    def _calibrated(self, scored: Floats, width: int, rate: float) -> Calibration:
        starts = window_starts(len(scored), width)
        rows = starts[:, None] + np.arange(width)
        apart = np.column_stack([d(column[rows]) for d, column in zip(self._distances, scored.T, strict=True)])
        # A window is part of the history that it was compared with; against the rest of it, it lies further out.
        return calibrate(apart * len(scored) / (len(scored) - width), starts, width, rate)

    def check(self, window: Rows) -> FeatureFinding:
        """Compare a window; a column's values that are not known yet are left out."""
        found = []
        for i, name in enumerate(COLUMNS):
            values = window.values[:, i]
            distance = float(self._distances[i](self._scores[i](values[np.isfinite(values)])[None])[0])
            limit = float(self.calibration.scale[i]) * self.calibration.threshold
            found.append(ColumnDistance(name, distance, distance / limit))
        found.sort(key=lambda each: -each.ratio)
        return FeatureFinding(found, self.calibration.false_alarm_rate, self.calibration.windows)
