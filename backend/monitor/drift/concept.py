"""Does a model err more, beside naive, than it did out of sample? On what it really served."""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from backend.monitor.drift.page_hinkley import ALLOWANCE, page_hinkley, threshold
from backend.src.features.windows import Floats

CHECKED: Final = "checked"
MIN_RECORD: Final = 60
"""A record of fewer forecasts says too little of what is usual."""


@dataclass(frozen=True, slots=True)
class Errors:
    """A forecaster's absolute log errors beside those of "no change" on the same sessions, in order of time. [n]"""

    own: Floats
    naive: Floats

    def __len__(self) -> int:
        return len(self.own)

    @property
    def excess(self) -> Floats:
        """By how much it erred more than naive."""
        return self.own - self.naive

    @property
    def ratio(self) -> float | None:
        """Its mean absolute error over naive's; None where no price moved."""
        return float(self.own.mean() / self.naive.mean()) if len(self) and self.naive.any() else None


@dataclass(frozen=True, slots=True)
class ConceptFinding:
    """What the test found.

    Attributes:
        sessions: Served forecasts whose outcome is known.
        statistic: Where the test stands, in standard deviations of the record's excess error.
        threshold: What it must exceed; None where it can't be made, and `state` says why.
        false_alarm_rate: The share of years without a change in which it would.
        live_ratio: MAE of what was served over naive's on the same sessions.
        record_ratio: The same of its walk-forward.
    """

    state: str
    sessions: int
    statistic: float
    threshold: float | None
    false_alarm_rate: float
    live_ratio: float | None
    record_ratio: float | None

    @property
    def drifted(self) -> bool:
        """Whether it errs more than it should."""
        return self.threshold is not None and self.statistic > self.threshold

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        return {**asdict(self), "drifted": self.drifted}


class ConceptTest:
    """Tests what was served against a record out of sample. The threshold is made once, when it is first needed.

    Args:
        record: The walk-forward's errors, as they would have been served.
        rate: The share of years in which a false alarm is allowed.
    """

    def __init__(self, record: Errors, rate: float) -> None:
        self._record = record
        self._rate = rate

    def test(self, live: Errors) -> ConceptFinding:
        """Look at the errors of what was served."""
        state = self._state(live)
        statistic, limit = 0.0, None
        if state == CHECKED:
            limit = self._threshold
            past, scale = self._record.excess, self._scale
            statistic = float(page_hinkley(live.excess / scale, float(past.mean()) / scale, ALLOWANCE)[-1])
        return ConceptFinding(state, len(live), statistic, limit, self._rate, live.ratio, self._record.ratio)

    @property
    def _scale(self) -> float:
        return float(self._record.excess.std())

    @cached_property
    def _threshold(self) -> float:
        return threshold(self._record.excess / self._scale, self._rate)

    def _state(self, live: Errors) -> str:
        if not len(live):
            return "no served forecast has an outcome yet"
        if not np.any(self._record.excess):
            return "no change is served: it can't err more than itself"
        if len(self._record) < MIN_RECORD:
            return f"a record of {len(self._record)} forecasts says too little: {MIN_RECORD} are needed"
        return CHECKED
