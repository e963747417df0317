"""What a walk-forward amounts to: the metrics and the evidence that a model is stored with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from backend.src.data.evaluation_files import Floats, OutOfSample
from backend.src.features.pipeline import FEATURE_NAMES
from backend.src.training.coverage import Bands, band_record, make_bands
from backend.src.training.evaluation import (
    Competition,
    Graded,
    baselines,
    fold_record,
    graded,
    overall_record,
)
from backend.src.training.importance import error_increases, importance_record
from backend.src.training.leaks import Evaluation, LeakReport, leak_report
from backend.src.training.long_flat import long_flat
from backend.src.training.models import ForecastModel
from backend.src.training.models.naive import NaiveModel
from backend.src.training.request import TrainRequest
from backend.src.training.slices import slices
from backend.src.training.splits import Fold, walk_forward
from backend.src.training.volatility_comparison import volatility_comparison
from backend.src.training.walk_forward import MakeModel, TrainingRows, run_fold, run_folds
from bellwether_contracts.market import GRADED_HORIZONS, MAX_HORIZON

OnFold = Callable[[Fold, OutOfSample], None]
"""Told of each fold when it is done, with its rows whose outcome is known."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk-forward that was run.

    Attributes:
        request: What was asked for.
        make_model: What made its models.
        bars: What its rows were made of.
        rows: What it ran over.
        folds: Its folds.
        tested: Its forecasts out of sample, those whose outcome is not known yet among them.
        competition: What it has to stand up to.
        increases: [m, F] what shuffling each feature added to held-out errors.
    """

    request: TrainRequest
    make_model: MakeModel
    bars: pd.DataFrame
    rows: TrainingRows
    folds: Sequence[Fold]
    tested: OutOfSample
    competition: Competition
    increases: Floats

    def bands(self) -> Bands:
        """The bands around all forecasts."""
        champions = {h: c.tested for h in range(1, MAX_HORIZON + 1) if (c := self.competition.champion(h))}
        return make_bands(self.tested, [self.rows.y[fold.train_rows] for fold in self.folds], champions)

    def graded(self, horizons: Sequence[int]) -> list[Graded]:
        """The rows whose every outcome is known, beside the baselines."""
        tested = self.tested.labelled()
        base = baselines(self.rows, self.folds, tested)
        return [graded(tested, base, h, self.competition.champion(h)) for h in horizons]

    def leaks(self) -> LeakReport:
        """Look for leaks in the very parts that were run."""
        request = self.request
        evaluation = Evaluation(
            make_rows=TrainingRows,
            split=lambda rows: walk_forward(rows, request.n_folds, request.window_sessions),
            forecast=lambda rows, fold: run_fold(rows, fold, self.make_model)[1],
        )
        return leak_report(self.bars, self.rows, self.tested, evaluation)


def walk(
    bars: pd.DataFrame, request: TrainRequest, make_model: MakeModel, competition: Competition, on_fold: OnFold
) -> Walk:
    """Run the walk-forward of a request.

    Raises:
        InvalidRequestError: too short a history.
    """
    rows = TrainingRows(bars)
    folds = walk_forward(len(rows), request.n_folds, request.window_sessions)
    increases = []

    def done(fold: Fold, model: ForecastModel, tested: OutOfSample) -> None:
        increases.append(error_increases(model, rows.x[fold.test_rows], rows.y[fold.test_rows]))
        on_fold(fold, tested)

    tested = run_folds(rows, folds, make_model, done)
    return Walk(request, make_model, bars, rows, folds, tested, competition, np.concatenate(increases))


def metrics(walked: Walk, bands: Bands) -> dict[str, Any]:
    """Errors and verdicts, overall at every horizon and by fold at the graded ones."""
    tested, horizons = walked.tested.labelled(), walked.graded(range(1, MAX_HORIZON + 1))
    request, is_naive = walked.request, walked.request.model_type == NaiveModel.name
    return {
        "overall": overall_record(horizons, walked.competition.variants, request.seed, is_naive=is_naive),
        "folds": [fold_record(walked.rows, fold, tested, horizons, bands) for fold in walked.folds],
    }


def evidence(walked: Walk, bands: Bands, leaks: LeakReport) -> dict[str, Any]:
    """What speaks for and against the model, beside its errors."""
    request, tested = walked.request, walked.tested.labelled()
    return {
        "gap": MAX_HORIZON,
        "window": {"kind": request.window, "rows": request.window_sessions},
        "request": request.model_dump(mode="json"),
        "bands": band_record(bands),
        "slices": {str(h): slices(tested, h) for h in GRADED_HORIZONS},
        "long_flat": long_flat(tested),
        "leaks": leaks.as_json(),
        "importance": importance_record(walked.increases, FEATURE_NAMES),
        "volatility": {"model": "har", "comparison": volatility_comparison(walked.rows, walked.folds)},
    }


def serving_record(walked: Walk, bands: Bands, leaks: LeakReport) -> tuple[dict[str, Any], dict[str, Any]]:
    """The part of metrics and evidence that decides what a model may serve."""
    is_naive = walked.request.model_type == NaiveModel.name
    horizons = walked.graded(GRADED_HORIZONS)
    overall = overall_record(horizons, walked.competition.variants, walked.request.seed, is_naive=is_naive)
    found = {"bands": band_record(bands), "leaks": leaks.as_json(), "volatility": {"model": "har"}}
    return {"overall": overall}, found
