"""Leaks are planted in the very parts of the evaluation that trainings run; the report has to find each."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from backend.errors import BellwetherError
from backend.src.data.evaluation_files import OutOfSample
from backend.src.training.leaks import Evaluation, LeakReport, leak_report
from backend.src.training.models import MODEL_TYPES, ForecastModel
from backend.src.training.models.lightgbm import LightGBMModel, LightGBMParams
from backend.src.training.splits import Fold, walk_forward
from backend.src.training.walk_forward import TrainingRows, run_fold, run_folds
from backend.tests.sample_bars import sample_bars

N_FOLDS = 4


def make_model(rows: TrainingRows, learn: slice) -> ForecastModel:
    assert learn.stop <= len(rows)
    return MODEL_TYPES["ridge"](MODEL_TYPES["ridge"].Params(), 1)


HONEST = Evaluation(
    make_rows=TrainingRows,
    split=lambda rows: walk_forward(rows, N_FOLDS),
    forecast=lambda rows, fold: run_fold(rows, fold, make_model)[1],
)


def examined(evaluation: Evaluation) -> LeakReport:
    bars = sample_bars("IBM").iloc[:1200]
    rows = evaluation.make_rows(bars)
    parts = [evaluation.forecast(rows, fold) for fold in evaluation.split(len(rows))]
    tested = OutOfSample(
        pd.DatetimeIndex(np.concatenate([part.sessions for part in parts])),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("fold", "forecast", "sigma", "actual")),
    )
    return leak_report(bars, rows, tested, evaluation)


def failed(report: LeakReport) -> set[str]:
    return {check.name for check in report.checks if not check.passed}


def test_the_evaluation_that_trainings_run_is_clean() -> None:
    report = examined(HONEST)
    assert report.passed
    assert [check.name for check in report.checks] == ["features", "forecasts", "overlap", "shuffled targets"]
    report.require()


def test_the_walk_forward_is_made_of_the_parts_that_are_examined() -> None:
    rows = TrainingRows(sample_bars("IBM").iloc[:1200])
    folds = walk_forward(len(rows), N_FOLDS)
    whole = run_folds(rows, folds, make_model, lambda *_: None)
    parts = [HONEST.forecast(rows, fold).forecast for fold in folds]
    assert np.array_equal(whole.forecast, np.concatenate(parts))


def test_a_centred_window_is_caught() -> None:
    def centred(bars: pd.DataFrame) -> TrainingRows:
        rows = TrainingRows(bars)
        smooth = bars["adj_close"].rolling(5, center=True, min_periods=1).mean()
        ahead = np.log((smooth / bars["adj_close"]).to_numpy(np.float32))[len(bars) - len(rows.sessions) :]
        rows.x = np.ascontiguousarray(np.column_stack([rows.x, ahead]))
        return rows

    report = examined(dataclasses.replace(HONEST, make_rows=centred))
    assert {"features", "forecasts"} <= failed(report)


def test_a_scaler_fitted_on_all_rows_is_caught() -> None:
    def scaled(rows: TrainingRows, fold: Fold) -> OutOfSample:
        seen = TrainingRows.__new__(TrainingRows)
        vars(seen).update(vars(rows))
        seen.x = ((rows.x - rows.x.mean(axis=0)) / rows.x.std(axis=0)).astype(np.float32)
        return run_fold(seen, fold, make_model)[1]

    assert failed(examined(dataclasses.replace(HONEST, forecast=scaled))) == {"forecasts"}


class ShuffledFold(Fold):
    """A fold of rows drawn at random, as from a shuffled split."""

    @property
    def _order(self) -> "np.ndarray[tuple[int], np.dtype[np.int_]]":
        return np.random.default_rng(3).permutation(self.train_stop)

    @property
    def train_rows(self) -> "np.ndarray[tuple[int], np.dtype[np.int_]]":
        return np.delete(self._order, np.arange(self.test_start, self.test_stop))

    @property
    def test_rows(self) -> "np.ndarray[tuple[int], np.dtype[np.int_]]":
        return np.sort(self._order[self.test_start : self.test_stop])


def test_a_shuffled_split_is_caught() -> None:
    def shuffled(rows: int) -> list[Fold]:
        bounds = [rows * i // N_FOLDS for i in range(N_FOLDS + 1)]
        return [ShuffledFold(i + 1, 0, rows, bounds[i], bounds[i + 1]) for i in range(N_FOLDS)]

    def forecast(rows: TrainingRows, fold: Fold) -> OutOfSample:
        learn, test = fold.train_rows, fold.test_rows
        model = MODEL_TYPES["ridge"](MODEL_TYPES["ridge"].Params(), 1).fit(rows.x[learn], rows.y[learn])
        sigma = np.ones((len(test), rows.y.shape[1]))
        return OutOfSample(
            rows.sessions[test], np.full(len(test), fold.number), model.predict(rows.x[test]), sigma, rows.y[test]
        )

    report = examined(dataclasses.replace(HONEST, split=shuffled, forecast=forecast))
    assert {"forecasts", "overlap"} <= failed(report)


def test_a_gap_shorter_than_the_horizon_is_caught() -> None:
    report = examined(dataclasses.replace(HONEST, split=lambda rows: walk_forward(rows, N_FOLDS, gap=10)))
    assert "overlap" in failed(report)


def test_a_model_that_was_taught_its_test_rows_is_caught() -> None:
    def cheating(rows: TrainingRows, fold: Fold) -> OutOfSample:
        honest = run_fold(rows, fold, make_model)[1]
        params = LightGBMParams(n_estimators=60, num_leaves=63, learning_rate=0.3, min_child_samples=5, reg_lambda=0)
        model = LightGBMModel(params, 1).fit(rows.x[: len(rows)], rows.y[: len(rows), :1])
        forecast = honest.forecast.copy()
        forecast[:, :1] = model.predict(rows.x[np.isin(rows.sessions, honest.sessions)])
        return dataclasses.replace(honest, forecast=forecast)

    assert "shuffled targets" in failed(examined(dataclasses.replace(HONEST, forecast=cheating)))


def test_a_failed_report_is_an_error_that_names_the_check() -> None:
    report = examined(dataclasses.replace(HONEST, split=lambda rows: walk_forward(rows, N_FOLDS, gap=10)))
    assert report.as_json()["passed"] is False
    with pytest.raises(BellwetherError, match=r"not registered. overlap: \d+ training labels reach"):
        report.require()
