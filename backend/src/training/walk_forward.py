"""Runs a model type through the folds, as if it had been trained again and again through the years."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from backend.src.features.pipeline import make_features, make_targets
from backend.src.training.evaluation import FoldResult, errors, horizon_record
from backend.src.training.models import ForecastModel
from backend.src.training.models.base import Inputs, Returns
from backend.src.training.splits import Fold

REPORTED = (1, 5, 20)
"""Horizons whose metrics are logged fold by fold."""


class TrainingRows:
    """Features with every label, in order of time."""

    def __init__(self, bars: pd.DataFrame) -> None:
        features = make_features(bars)
        targets = make_targets(bars).loc[features.index].dropna()
        self.sessions = pd.DatetimeIndex(targets.index)
        # One memory layout, whatever pandas chose: another order of summation would be another model.
        self.x: Inputs = np.ascontiguousarray(features.loc[targets.index].to_numpy())
        self.y: Returns = np.ascontiguousarray(targets.to_numpy())

    def __len__(self) -> int:
        return len(self.sessions)

    def day(self, row: int) -> str:
        """The session of a row, as text."""
        return str(self.sessions[row].date())


def run_folds(
    rows: TrainingRows,
    folds: Sequence[Fold],
    make_model: Callable[[], ForecastModel],
    on_fold: Callable[[FoldResult], None],
) -> list[FoldResult]:
    """Fit a fresh model in every fold and test it on the rows that follow."""
    tested = []
    for fold in folds:
        model = make_model().fit(rows.x[: fold.train_stop], rows.y[: fold.train_stop])
        test = slice(fold.test_start, fold.test_stop)
        tested.append(FoldResult(fold, model.predict(rows.x[test]), rows.y[test]))
        on_fold(tested[-1])
    return tested


def fold_record(rows: TrainingRows, tested: FoldResult) -> dict[str, Any]:
    """One fold's dates, sizes and errors at the reported horizons."""
    fold = tested.fold
    return {
        "fold": fold.number,
        "train_start": rows.day(0),
        "train_end": rows.day(fold.train_stop - 1),
        "train_rows": fold.train_stop,
        "test_start": rows.day(fold.test_start),
        "test_end": rows.day(fold.test_stop - 1),
        "test_rows": fold.test_stop - fold.test_start,
        "horizons": {str(h): errors(tested.forecast[:, h - 1], tested.actual[:, h - 1]) for h in REPORTED},
    }


def overall_record(forecast: Returns, actual: Returns, *, is_naive: bool) -> dict[str, Any]:
    """All folds together, horizon by horizon."""
    return {
        str(h): horizon_record(forecast[:, h - 1], actual[:, h - 1], h, is_naive=is_naive)
        for h in range(1, actual.shape[1] + 1)
    }
