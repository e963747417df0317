"""A model's record: its errors out of sample, beside those of naive, drift and the champion on the same rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.src.data.evaluation_files import Floats, OutOfSample
from backend.src.training.coverage import Bands
from backend.src.training.metrics import direction, mae, mase, rmse, smape, theil_u
from backend.src.training.significance import (
    better_p_value,
    corrected,
    diebold_mariano,
    skill_interval,
    worse_p_value,
)
from backend.src.training.splits import Fold
from backend.src.training.walk_forward import TrainingRows
from bellwether_contracts.market import GRADED_HORIZONS, graded_horizon

SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Champion:
    """A model that serves, with its forecasts out of sample."""

    model_id: int
    tested: OutOfSample


@dataclass(frozen=True, slots=True)
class Competition:
    """What a model has to stand up to.

    Attributes:
        variants: How many model variants were tried on this series, this one included: each is another chance for luck.
        champions: The champion at each graded horizon that has one.
    """

    variants: int = 1
    champions: Mapping[int, Champion] = field(default_factory=dict)

    def champion(self, horizon: int) -> Champion | None:
        """Who answers for a forecast that many sessions ahead."""
        return self.champions.get(graded_horizon(horizon))


@dataclass(frozen=True, slots=True)
class Baselines:
    """What was known of the series before each row's fold, row by row.

    Attributes:
        scale: [n] mean absolute one-session return of the training rows: the unit of MASE.
        drift: [n] mean one-session return of the training rows.
    """

    scale: Floats
    drift: Floats


def baselines(rows: TrainingRows, folds: Sequence[Fold], tested: OutOfSample) -> Baselines:
    """Learn the baselines of each fold from its training rows."""
    place = tested.fold - folds[0].number
    past = [rows.y[fold.train_rows, 0] for fold in folds]
    scale = np.array([np.abs(returns).mean() for returns in past])
    return Baselines(scale[place], np.array([returns.mean() for returns in past])[place])


@dataclass(frozen=True, slots=True)
class Graded:
    """One horizon's forecasts, what came, and what the baselines had said.

    Attributes:
        horizon: Sessions ahead.
        forecast: [n] log returns, as are `actual` and `drift`.
        scale: [n] unit of MASE.
        rival: [n] the champion's forecasts, NaN where it has none.
        rival_id: The champion's id.
    """

    horizon: int
    forecast: Floats
    actual: Floats
    drift: Floats
    scale: Floats
    rival: Floats
    rival_id: int | None

    def take(self, rows: NDArray[np.bool_]) -> "Graded":
        """Some of the rows."""
        return replace(
            self,
            forecast=self.forecast[rows],
            actual=self.actual[rows],
            drift=self.drift[rows],
            scale=self.scale[rows],
            rival=self.rival[rows],
        )

    def rivalled(self) -> "Graded":
        """The rows that the champion has forecast too."""
        return self.take(np.isfinite(self.rival))


def graded(tested: OutOfSample, base: Baselines, horizon: int, champion: Champion | None) -> Graded:
    """Bring everything on one horizon onto the same rows.

    Args:
        tested: Rows whose every outcome is known.
        base: The baselines on those rows.
        horizon: Sessions ahead.
        champion: Its forecasts are joined by session; what came is taken from `tested`, the newer snapshot.
    """
    rival = np.full(len(tested), np.nan)
    if champion is not None:
        _, own, theirs = np.intersect1d(tested.sessions, champion.tested.sessions, return_indices=True)
        rival[own] = champion.tested.forecast[theirs, horizon - 1]
    column = horizon - 1
    return Graded(
        horizon,
        tested.forecast[:, column],
        tested.actual[:, column],
        base.drift * horizon,
        base.scale,
        rival,
        None if champion is None else champion.model_id,
    )


def overall_record(horizons: Sequence[Graded], variants: int, seed: int, *, is_naive: bool) -> dict[str, Any]:
    """All folds together, horizon by horizon."""
    return {str(rows.horizon): horizon_record(rows, variants, seed, is_naive=is_naive) for rows in horizons}


def fold_record(
    rows: TrainingRows, fold: Fold, tested: OutOfSample, horizons: Sequence[Graded], bands: Bands
) -> dict[str, Any]:
    """One fold's dates and sizes, and its errors and bands at the graded horizons.

    Args:
        rows: What the folds are made of.
        fold: The fold.
        tested: Rows of all folds whose every outcome is known, as are those of `horizons`.
        horizons: Every horizon.
        bands: Of all rows that were forecast.
    """
    own, drawn = tested.fold == fold.number, bands.tested.fold == fold.number
    return {
        "fold": fold.number,
        "train_start": rows.day(fold.train_start),
        "train_end": rows.day(fold.train_stop - 1),
        "train_rows": fold.train_stop - fold.train_start,
        "test_start": rows.day(fold.test_start),
        "test_end": rows.day(fold.test_stop - 1),
        "test_rows": fold.test_stop - fold.test_start,
        "horizons": {
            str(h): {**errors(horizons[h - 1].take(own)), "bands": bands.scores(h, drawn)} for h in GRADED_HORIZONS
        },
    }


def errors(rows: Graded) -> dict[str, Any]:
    """Error measures beside those of "no change", drift and, if there is one, the champion on the same rows."""
    right, interval = direction(rows.forecast, rows.actual, rows.horizon)
    unchanged = np.zeros_like(rows.actual)
    found = {
        "mae": mae(rows.forecast, rows.actual),
        "rmse": rmse(rows.forecast, rows.actual),
        "mase": mase(rows.forecast, rows.actual, rows.scale) if rows.scale.all() else None,
        "smape": smape(rows.forecast, rows.actual),
        "theil_u": theil_u(rows.forecast, rows.actual),
        "direction_accuracy": right,
        "direction_interval": interval,
        "up_share": float((rows.actual > 0).mean()),
        "naive_mae": mae(unchanged, rows.actual),
        "naive_rmse": rmse(unchanged, rows.actual),
        "drift_mae": mae(rows.drift, rows.actual),
        "drift_rmse": rmse(rows.drift, rows.actual),
    }
    shared = rows.rivalled()
    if len(shared.actual):
        found |= {"champion_mae": mae(shared.rival, shared.actual), "champion_rmse": rmse(shared.rival, shared.actual)}
    return found


def horizon_record(rows: Graded, variants: int, seed: int, *, is_naive: bool) -> dict[str, Any]:
    """The whole record of one horizon, with its verdict in words.

    Args:
        rows: The horizon's rows in order of time.
        variants: How many variants were tried, this one included.
        seed: Of the bootstrap.
        is_naive: The model is the naive forecast itself.
    """
    miss, change = np.abs(rows.actual - rows.forecast), np.abs(rows.actual)
    skill, p_value = _skill(miss, change), diebold_mariano(miss, change, rows.horizon)
    worse, p_corrected = worse_p_value(miss, change, rows.horizon), corrected(p_value, variants)
    is_better = skill > 0 and p_corrected is not None and p_corrected < SIGNIFICANT
    is_worse = worse is not None and worse < SIGNIFICANT
    words = verdict(skill, worse if is_worse else p_corrected, len(miss))
    return {
        **errors(rows),
        "sessions": len(miss),
        "skill": skill,
        "skill_interval": skill_interval(miss, change, rows.horizon, seed),
        "dm_p_value": p_value,
        "dm_p_worse": worse,
        "variants": variants,
        "p_value_corrected": p_corrected,
        "better_than_naive": is_better,
        "worse_than_naive": is_worse,
        "verdict": "The naive forecast itself: no change" if is_naive else words,
        "against_drift": _against(miss, np.abs(rows.actual - rows.drift), rows.horizon),
        "against_champion": _against_champion(rows),
    }


def _skill(loss: Floats, reference: Floats) -> float:
    return float(1 - loss.mean() / reference.mean()) if reference.any() else 0.0


def _against(loss: Floats, reference: Floats, horizon: int) -> dict[str, Any]:
    return {"skill": _skill(loss, reference), "p_value": diebold_mariano(loss, reference, horizon)}


def _against_champion(rows: Graded) -> dict[str, Any] | None:
    shared = rows.rivalled()
    if not len(shared.actual):
        return None
    miss, theirs = np.abs(shared.actual - shared.forecast), np.abs(shared.actual - shared.rival)
    return {
        "model_id": rows.rival_id,
        "sessions": len(miss),
        **_against(miss, theirs, rows.horizon),
        "p_better": better_p_value(miss, theirs, rows.horizon),
    }


def verdict(skill: float, p_value: float | None, sessions: int) -> str:
    """The record in one sentence.

    Args:
        skill: 1 - MAE / MAE of naive.
        p_value: Of no better than naive, corrected for the variants tried; of no worse than naive where it is that.
        sessions: How many were forecast.
    """
    if p_value is None:
        return f"Not shown to differ from naive ({sessions:,} sessions)"
    p = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}" if p_value < 0.1 else f"p = {p_value:.2f}"
    if p_value >= SIGNIFICANT:
        return f"Not better than naive ({p}, {sessions:,} sessions)"
    word = "Better" if skill > 0 else "Worse"
    return f"{word} than naive by {abs(skill):.1%} in MAE ({p}, {sessions:,} sessions)".replace("%", " %")
