"""Two models side by side: what both forecast for the same sessions at one horizon, and what came."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.src.data.live_store import LiveOutcome
from backend.src.features.windows import Floats

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Forecasts of two models, in order of time.

    Attributes:
        sessions: [n] the last session that each forecast knew.
        champion: [n] log returns, as they were served.
        challenger: [n] the other's.
        actual: [n] log returns that came.
        judged: [n] where both had a band.
        champion_inside: [n] whether the outcome lay in the champion's.
        challenger_inside: [n] whether it lay in the other's.
    """

    sessions: pd.DatetimeIndex
    champion: Floats
    challenger: Floats
    actual: Floats
    judged: Flags
    champion_inside: Flags
    challenger_inside: Flags

    def __len__(self) -> int:
        return len(self.sessions)

    def losses(self) -> tuple[Floats, Floats]:
        """[n] absolute errors of the challenger, and of the champion."""
        return np.abs(self.actual - self.challenger), np.abs(self.actual - self.champion)

    def skill(self) -> float:
        """1 - MAE of the challenger / MAE of the champion; 0 where there is nothing to compare."""
        loss, reference = self.losses()
        return float(1 - loss.mean() / reference.mean()) if len(self) and reference.any() else 0.0

    def after(self, others: "Pairs") -> "Pairs":
        """Those of sessions that come after all the others."""
        return self._take(self.sessions > others.sessions[-1]) if len(others) else self

    def then(self, later: "Pairs") -> "Pairs":
        """These, followed by later ones."""
        joined = {name: np.concatenate([getattr(self, name), getattr(later, name)]) for name in _COLUMNS}
        return Pairs(pd.DatetimeIndex(self.sessions.append(later.sessions)), **joined)

    def as_json(self) -> dict[str, Any]:
        """How many they are, from when to when, and who erred less."""
        days = [str(day.date()) for day in self.sessions[[0, -1]]] if len(self) else [None, None]
        loss, reference = self.losses()
        return {
            "sessions": len(self),
            "first_session": days[0],
            "last_session": days[1],
            "skill": self.skill(),
            "mae": float(loss.mean()) if len(self) else None,
            "champion_mae": float(reference.mean()) if len(self) else None,
        }

    def _take(self, rows: Flags) -> "Pairs":
        return Pairs(self.sessions[rows], **{name: getattr(self, name)[rows] for name in _COLUMNS})


_COLUMNS = tuple(each.name for each in fields(Pairs) if each.name != "sessions")

_NONE, _NEVER = np.empty(0), np.empty(0, np.bool_)
NO_PAIRS = Pairs(pd.DatetimeIndex([], name="session"), _NONE, _NONE, _NONE, _NEVER, _NEVER, _NEVER)


def live_pairs(outcomes: Iterable[LiveOutcome], champion_id: int, challenger_id: int, horizon: int) -> Pairs:
    """What a champion served and a challenger said in shadow for the same sessions.

    Args:
        outcomes: Of both, among others, in order of time.
        champion_id: Who served.
        challenger_id: Who was in shadow.
        horizon: Sessions ahead.
    """
    here = [each for each in outcomes if each.horizon == horizon]
    shadows = {_key(each): each for each in here if each.shadow and each.model_id == challenger_id}
    served = [each for each in here if not each.shadow and each.model_id == champion_id and _key(each) in shadows]
    if not served:
        return NO_PAIRS
    both = [(each, shadows[_key(each)]) for each in served]
    return Pairs(
        sessions=pd.DatetimeIndex([each.session for each in served], name="session").as_unit("ns"),
        champion=np.array([one.forecast for one, _other in both]),
        challenger=np.array([other.forecast for _one, other in both]),
        actual=np.array([one.actual for one, _other in both]),
        judged=np.ones(len(both), np.bool_),
        champion_inside=np.array([one.inside for one, _other in both]),
        challenger_inside=np.array([other.inside for _one, other in both]),
    )


def _key(outcome: LiveOutcome) -> tuple[object, ...]:
    return outcome.source, outcome.session, outcome.target_session
