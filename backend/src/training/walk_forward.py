"""Runs a model type through the folds, as if it had been trained again and again through the years."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from backend.src.data.evaluation_files import OutOfSample, concatenate
from backend.src.features.pipeline import make_features, make_targets
from backend.src.features.volatility import fit_har, har_inputs, har_sigma, har_targets, range_variance
from backend.src.features.windows import Floats
from backend.src.training.evaluation import errors, horizon_record
from backend.src.training.models import ForecastModel
from backend.src.training.models.base import Inputs, Returns
from backend.src.training.splits import Fold
from bellwether_contracts.market import MAX_HORIZON

REPORTED = (1, 5, 20)
"""Horizons that models are graded at, fold by fold."""


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


def run_folds(
    rows: TrainingRows,
    folds: Sequence[Fold],
    make_model: Callable[[], ForecastModel],
    on_fold: Callable[[Fold, OutOfSample], None],
) -> OutOfSample:
    """Fit fresh models in every fold and forecast the rows that follow.

    The last fold also forecasts the rows after those that can be graded: serving starts its bands from them.
    """
    parts = []
    for fold in folds:
        stop = len(rows.sessions) if fold is folds[-1] else fold.test_stop
        parts.append(_run_fold(rows, fold, make_model(), stop))
        on_fold(fold, parts[-1].labelled())
    return concatenate(parts)


def _run_fold(rows: TrainingRows, fold: Fold, model: ForecastModel, stop: int) -> OutOfSample:
    learn, test = slice(0, fold.train_stop), slice(fold.test_start, stop)
    model.fit(rows.x[learn], rows.y[learn])
    volatility = fit_har(rows.har_x[learn], rows.har_y[learn])
    sessions = rows.sessions[test]
    return OutOfSample(
        sessions,
        np.full(len(sessions), fold.number),
        model.predict(rows.x[test]),
        har_sigma(rows.har_x[test], volatility),
        rows.y[test],
    )


def fold_record(rows: TrainingRows, fold: Fold, tested: OutOfSample) -> dict[str, Any]:
    """One fold's dates, sizes and errors at the reported horizons."""
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


def overall_record(tested: OutOfSample, *, is_naive: bool) -> dict[str, Any]:
    """All folds together, horizon by horizon."""
    return {
        str(h): horizon_record(tested.forecast[:, h - 1], tested.actual[:, h - 1], h, is_naive=is_naive)
        for h in range(1, tested.actual.shape[1] + 1)
    }
