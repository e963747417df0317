"""Runs a model type through the folds, as if it had been trained again and again through the years."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from backend.src.data.evaluation_files import OutOfSample, concatenate
from backend.src.features.pipeline import make_features, make_targets
from backend.src.features.volatility import fit_har, har_inputs, har_sigma, har_targets, range_variance
from backend.src.features.windows import Floats
from backend.src.training.models import ForecastModel
from backend.src.training.models.base import Inputs, Returns
from backend.src.training.splits import Fold
from bellwether_contracts.market import MAX_HORIZON


class TrainingRows:
    """Features in order of time, and what came after them.

    Attributes:
        sessions: [n] the sessions at whose close the rows were known.
        x: [n, F] features.
        y: [n, H] log returns that came; NaN in the last H rows, where some are not known yet.
        har_x: [n, 4] and har_y [n, H]: input and target of the volatility model, likewise.
        labelled: How many rows, from the first, have every label: only these are learned from and graded.
    """

    def __init__(self, bars: pd.DataFrame) -> None:
        features = make_features(bars)
        first = len(bars) - len(features)
        variance = range_variance(bars)
        self.sessions = pd.DatetimeIndex(features.index)
        # One memory layout, whatever pandas chose: another order of summation would be another model.
        self.x: Inputs = np.ascontiguousarray(features.to_numpy())
        self.y: Returns = np.ascontiguousarray(make_targets(bars).to_numpy()[first:])
        self.har_x: Floats = har_inputs(variance)[first:]
        self.har_y: Floats = har_targets(variance, MAX_HORIZON)[first:]
        self.labelled = int(np.isfinite(self.y).all(axis=1).sum())

    def __len__(self) -> int:
        return self.labelled

    def day(self, row: int) -> str:
        """The session of a row, as text."""
        return str(self.sessions[row].date())


MakeModel = Callable[[TrainingRows, slice], ForecastModel]
"""A fresh model for the rows that it will learn from. It may look at those, and at nothing after them."""


def run_folds(
    rows: TrainingRows,
    folds: Sequence[Fold],
    make_model: MakeModel,
    on_fold: Callable[[Fold, ForecastModel, OutOfSample], None],
) -> OutOfSample:
    """Fit fresh models in every fold and forecast the rows that follow."""
    parts = []
    for fold in folds:
        model, tested = run_fold(rows, fold, make_model)
        parts.append(tested)
        on_fold(fold, model, tested.labelled())
    return concatenate(parts)


def run_fold(rows: TrainingRows, fold: Fold, make_model: MakeModel) -> tuple[ForecastModel, OutOfSample]:
    """Fit a fresh model on a fold's training rows and forecast those it is tested on.

    The last fold also forecasts the rows after those that can be graded: serving starts its bands from them.
    """
    learn, test = fold.train_rows, fold.test_rows
    if test[-1] + 1 == len(rows):
        test = np.append(test, np.arange(len(rows), len(rows.sessions)))
    model = make_model(rows, slice(learn[0], learn[-1] + 1)).fit(rows.x[learn], rows.y[learn])
    volatility = fit_har(rows.har_x[learn], rows.har_y[learn])
    return model, OutOfSample(
        rows.sessions[test],
        np.full(len(test), fold.number),
        model.predict(rows.x[test]),
        har_sigma(rows.har_x[test], volatility),
        rows.y[test],
    )
