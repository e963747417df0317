"""Do the bands keep their promise, and are they worth their width?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.src.data.evaluation_files import OutOfSample
from backend.src.features.bands import STEP, Tracked, conformal_quantile, track_bands
from backend.src.features.windows import Floats
from backend.src.training.metrics import band_pinball
from backend.src.training.models.base import Returns
from bellwether_contracts.market import COVERAGE_LEVELS


@dataclass(frozen=True, slots=True)
class Rival:
    """A champion's forecasts and bands, row by row beside another model's; NaN where it has none.

    Attributes:
        forecast: [n, H] log returns.
        half_width: [n, L, H].
    """

    forecast: Floats
    half_width: Floats


@dataclass(frozen=True, slots=True)
class Bands:
    """A model's bands out of sample, and those that they are held against, on the same rows.

    Attributes:
        tested: Out-of-sample rows in order of time.
        tracked: The model's bands.
        constant: [n, L, H] half-widths of naive's bands that never change within a fold.
        rivals: The champion of each horizon that has one.
    """

    tested: OutOfSample
    tracked: Tracked
    constant: Floats
    rivals: Mapping[int, Rival]

    def scores(self, horizon: int, rows: NDArray[np.bool_] | None = None) -> dict[str, dict[str, Any] | None]:
        """By level: coverage, width, Winkler score and pinball loss, beside those of the others; None without rows.

        Args:
            horizon: Sessions ahead.
            rows: [n] a choice of rows; all by default.
        """
        chosen = self.tracked.judged[:, horizon - 1]
        if rows is not None:
            chosen = chosen & rows
        return {str(level): self._score(i, level, horizon, chosen) for i, level in enumerate(self.tracked.levels)}

    def _score(self, i: int, level: int, horizon: int, rows: NDArray[np.bool_]) -> dict[str, Any] | None:
        if not rows.any():
            return None
        column = horizon - 1
        forecast, actual = self.tested.forecast[:, column], self.tested.actual[:, column]
        found: dict[str, Any] = {
            **_score(forecast[rows], self.tracked.half_width[rows, i, column], actual[rows], level),
            "rows": int(rows.sum()),
            "constant": _score(np.zeros(rows.sum()), self.constant[rows, i, column], actual[rows], level),
        }
        rival = self.rivals.get(horizon)
        shared = rows & np.isfinite(rival.half_width[:, i, column]) if rival else np.zeros_like(rows)
        if rival and shared.any():
            theirs = rival.forecast[shared, column], rival.half_width[shared, i, column]
            found["champion"] = {**_score(*theirs, actual[shared], level), "rows": int(shared.sum())}
        return found


def make_bands(tested: OutOfSample, past: Sequence[Returns], champions: Mapping[int, OutOfSample]) -> Bands:
    """Run the bands through the rows.

    Args:
        tested: Out-of-sample rows in order of time.
        past: [m, H] returns that were known before each fold, by fold: the constant bands are made of them.
        champions: What the champion of each horizon forecast out of sample.
    """
    tracked = track_bands(tested.forecast, tested.actual, tested.sigma)
    distinct = {id(champion): champion for champion in champions.values()}
    beside = {key: _beside(tested, champion) for key, champion in distinct.items()}
    rivals = {horizon: beside[id(champion)] for horizon, champion in champions.items()}
    return Bands(tested, tracked, constant_half_width(tested, past), rivals)


def _beside(tested: OutOfSample, champion: OutOfSample) -> Rival:
    """Bring a champion's bands onto the rows of a model, by session."""
    tracked = track_bands(champion.forecast, champion.actual, champion.sigma)
    _, own, theirs = np.intersect1d(tested.sessions, champion.sessions, return_indices=True)
    forecast = np.full_like(tested.forecast, np.nan)
    half_width = np.full((len(tested), *tracked.half_width.shape[1:]), np.nan)
    forecast[own], half_width[own] = champion.forecast[theirs], tracked.half_width[theirs]
    return Rival(forecast, half_width)


def band_record(bands: Bands) -> dict[str, Any]:
    """The bands' whole record out of sample, beside bands of a constant width around naive."""
    horizons = [bands.scores(h) for h in range(1, bands.tested.actual.shape[1] + 1)]
    return {
        "method": "quantile tracking",
        "step": STEP,
        "coverage": {str(level): [scores[str(level)] for scores in horizons] for level in bands.tracked.levels},
        "recent": _recent(bands.tracked),
    }


def constant_half_width(tested: OutOfSample, past: Sequence[Returns]) -> Floats:
    """Naive's bands of a width that never changes within a fold: the quantile of all returns before it. [n, L, H]"""
    levels = np.array(COVERAGE_LEVELS)
    by_fold = np.array([conformal_quantile(np.abs(returns), levels) for returns in past])
    return np.asarray(by_fold[tested.fold - tested.fold[0]])


def winkler(half_width: Floats, error: Floats, level: int) -> Floats:
    """Winkler's (1972) interval score of a band that is symmetric around a forecast: width and penalty for a miss."""
    return np.asarray(2 * half_width + 2 / (1 - level / 100) * np.maximum(np.abs(error) - half_width, 0.0))


def _score(forecast: Floats, half_width: Floats, actual: Floats, level: int) -> dict[str, float]:
    error = actual - forecast
    return {
        "coverage": float((np.abs(error) <= half_width).mean()),
        "mean_width": float(2 * half_width.mean()),
        "winkler": float(winkler(half_width, error, level).mean()),
        "pinball": band_pinball(forecast, half_width, actual, level),
    }


def _recent(tracked: Tracked) -> dict[str, list[dict[str, float | int] | None]]:
    share, rows = tracked.recent()
    return {
        str(level): [
            {"coverage": float(share[i, column]), "rows": int(count)} if count else None
            for column, count in enumerate(rows)
        ]
        for i, level in enumerate(tracked.levels)
    }
