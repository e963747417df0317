"""How forecasts that were made turned out: each model beside naive on the same sessions, with a verdict in words."""

from typing import Any

import numpy as np

from backend.errors import InvalidRequestError, NotFoundError
from backend.src.data.scorecard_store import ScorecardStore, ScoreFilter
from backend.src.features.bands import RECENT
from backend.src.features.windows import Floats
from backend.src.training.evaluation import verdict
from backend.src.training.significance import diebold_mariano
from bellwether_contracts.market import COVERAGE_LEVELS

NAIVE = "naive"
_IDENTITY = ("ticker", "source", "replayed", "shadow", "model_id", "model_version", "model_type", "variant", "horizon")
_MODEL = ("source", "replayed", "shadow", "model_id", "model_type", "variant")
_PLAIN = ("scored", "pending", "first_target", "last_target", "mae", "naive_mae", "mase", "hit_rate", "directions")


class Scorecard:
    """Grades what the store holds."""

    def __init__(self, store: ScorecardStore) -> None:
        self._store = store

    def summary(self, wanted: ScoreFilter) -> list[dict[str, Any]]:
        """One entry for each ticker, source, model and horizon that the filter lets through."""
        return [_graded(row) for row in self._store.by_model(wanted)]

    def series(self, wanted: ScoreFilter) -> dict[str, Any]:
        """The running record of one model at one horizon.

        Raises:
            NotFoundError: nothing that the filter lets through was scored.
            InvalidRequestError: more than one model is let through; the error names them.
        """
        rows = self._store.history(wanted)
        if not rows:
            raise NotFoundError("No forecast that fits was scored. GET /api/scorecard lists what was.")
        models = sorted({tuple(row[name] for name in _MODEL) for row in rows}, key=str)
        if len(models) > 1:
            named = [_words(dict(zip(_MODEL, model, strict=True))) for model in models]
            raise InvalidRequestError(f"{len(models)} models fit: {'; '.join(named)}. Name one.", allowed=[*named])
        identity = {name: rows[0][name] for name in (*_MODEL, "ticker", "horizon")}
        return {**identity, "points": running(rows)}


def _words(model: dict[str, Any]) -> str:
    """A model as one would ask for it."""
    given = {name: str(value).lower() if isinstance(value, bool) else value for name, value in model.items() if value}
    return "&".join(f"{name}={value}" for name, value in given.items())


def _graded(row: dict[str, Any]) -> dict[str, Any]:
    error, naive_error = np.abs(row["errors"]), np.abs(row["naive_errors"])
    scored = row["scored"]
    p_value = diebold_mariano(error, naive_error, row["horizon"]) if scored else None
    skill = 1 - row["mae"] / row["naive_mae"] if scored and row["naive_mae"] else None
    return {
        **{name: row[name] for name in (*_IDENTITY, *_PLAIN)},
        "skill": skill,
        "dm_p_value": p_value,
        "verdict": _verdict(row["model_type"], skill, p_value, scored),
        "coverage": [
            {
                "level": level,
                "share": row[f"coverage_{level}"],
                "recent_share": row[f"recent_{level}"] if scored else None,
                "recent_sessions": min(scored, RECENT),
            }
            for level in COVERAGE_LEVELS
        ],
    }


def _verdict(model_type: str, skill: float | None, p_value: float | None, scored: int) -> str:
    if scored == 0:
        return "Pending: no session that was forecast has its bar yet"
    if model_type == NAIVE:
        return f"The naive forecast itself: no change ({scored:,} sessions)"
    return verdict(skill or 0.0, p_value, scored)


def running(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The record as it stood after each session.

    Args:
        rows: Scored forecasts of one model and horizon, in order of their sessions.
    """
    error, naive_error = _column(rows, "error"), _column(rows, "naive_error")
    mae, naive_mae = _running_mean(np.abs(error)), _running_mean(np.abs(naive_error))
    mase, hit_rate = _running_mean(_column(rows, "scaled_error")), _running_mean(_column(rows, "hit"))
    coverage = {level: _recent_mean(_column(rows, f"inside_{level}")) for level in COVERAGE_LEVELS}
    return [
        {
            **{name: row[name] for name in ("last_session", "predicted_close", "actual_close", "error", "naive_error")},
            "target_date": row["target_session"],
            "hit": None if row["hit"] is None else bool(row["hit"]),
            "inside": next((level for level in COVERAGE_LEVELS if row[f"inside_{level}"]), None),
            "mae": _number(mae[i]),
            "naive_mae": _number(naive_mae[i]),
            "skill": _number(1 - mae[i] / naive_mae[i]) if naive_mae[i] > 0 else None,
            "mase": _number(mase[i]),
            "hit_rate": _number(hit_rate[i]),
            "coverage": [{"level": level, "recent_share": float(coverage[level][i])} for level in COVERAGE_LEVELS],
            "recent_sessions": min(i + 1, RECENT),
        }
        for i, row in enumerate(rows)
    ]


def _column(rows: list[dict[str, Any]], name: str) -> Floats:
    return np.array([np.nan if row[name] is None else row[name] for row in rows], np.float64)


def _running_mean(x: Floats) -> Floats:
    """Mean of all values so far, NaN where there was none; NaN values do not count."""
    known = np.isfinite(x)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.cumsum(np.where(known, x, 0.0)) / np.cumsum(known))


def _recent_mean(x: Floats) -> Floats:
    """Mean of the newest `RECENT` values so far."""
    total = np.concatenate([[0.0], np.cumsum(x)])
    stop = np.arange(1, len(x) + 1)
    start = np.maximum(stop - RECENT, 0)
    return np.asarray((total[stop] - total[start]) / (stop - start))


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
