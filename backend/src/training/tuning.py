"""Chooses hyper-parameters inside a fold, from the rows that the fold learns from anyway.

The rows that a fold is graded on are never looked at: that is nested walk-forward (Varma and Simon 2006, in time).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from backend.src.training.models import ForecastModel
from backend.src.training.models.base import ModelParams, Range
from backend.src.training.walk_forward import TrainingRows
from bellwether_contracts.market import GRADED_HORIZONS, MAX_HORIZON

if TYPE_CHECKING:
    from optuna import Trial

INNER_FOLDS: Final = 3
MIN_ROWS: Final = 250
"""With fewer rows to learn from there is nothing to choose by: the given parameters stay."""

GRADED_COLUMNS: Final = [horizon - 1 for horizon in GRADED_HORIZONS]

MakeTrialModel = Callable[[ModelParams, slice], ForecastModel]
"""A model with some parameters for rows to learn from; it is fitted to the labels of `GRADED_HORIZONS` alone."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a search chose.

    Attributes:
        params: The best parameters: the given ones, or others that were tried.
        error: Their mean absolute error in the inner folds, relative to naive's; the mean over `GRADED_HORIZONS`.
        given_error: The given parameters' likewise. None, as `error`, when there were too few rows to search.
        trials: How many were tried.
    """

    params: ModelParams
    error: float | None
    given_error: float | None
    trials: int

    def as_json(self) -> dict[str, Any]:
        """As it is stored with the model."""
        chosen = self.params.model_dump(include=set(self.params.search_space))
        return {"chosen": chosen, "error": self.error, "given_error": self.given_error, "trials": self.trials}


def tune(
    given: ModelParams,
    make_model: MakeTrialModel,
    rows: TrainingRows,
    learn: slice,
    trials: int,
    seed: int,
    on_trial: Callable[[int], None],
) -> Choice:
    """Search the space of a model type by TPE (Bergstra et al. 2011); what was given stays if nothing does better.

    Args:
        given: The request's parameters; what is not in the search space stays as it is.
        make_model: Makes the model of a trial.
        rows: The ticker's rows.
        learn: Those that may be looked at.
        trials: How many parameters to try beside the given ones.
        seed: Of the sampler: the same seed tries the same parameters.
        on_trial: Called before each trial with its number; an error it raises ends the search.
    """
    import optuna

    folds = inner_folds(learn)
    if not folds:
        return Choice(given, None, None, 0)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    given_error = _relative_error(given, make_model, rows, folds)
    best, best_error = given, given_error
    for number in range(trials):
        on_trial(number)
        trial = study.ask()
        params = _suggested(given, trial)
        error = _relative_error(params, make_model, rows, folds)
        study.tell(trial, error)
        if error < best_error:
            best, best_error = params, error
    return Choice(best, best_error, given_error, trials)


def inner_folds(learn: slice) -> list[tuple[slice, slice]]:
    """Rows to learn from and to be tried on, in order of time, a gap of the longest horizon between them.

    Empty when there are fewer than `MIN_ROWS`.
    """
    from sklearn.model_selection import TimeSeriesSplit

    rows = np.arange(learn.start, learn.stop)
    if len(rows) < MIN_ROWS:
        return []
    split = TimeSeriesSplit(INNER_FOLDS, gap=MAX_HORIZON)
    return [
        (slice(learn.start, learn.start + int(inner[-1]) + 1), slice(int(rows[test[0]]), int(rows[test[-1]]) + 1))
        for inner, test in split.split(rows)
    ]


def _suggested(given: ModelParams, trial: "Trial") -> ModelParams:
    chosen = {name: _suggestion(trial, name, span) for name, span in given.search_space.items()}
    return type(given).model_validate({**given.model_dump(), **chosen})


def _suggestion(trial: "Trial", name: str, span: Range) -> float:
    if isinstance(span.low, int) and isinstance(span.high, int):
        return trial.suggest_int(name, span.low, span.high, log=span.log)
    return trial.suggest_float(name, span.low, span.high, log=span.log)


def _relative_error(
    params: ModelParams, make_model: MakeTrialModel, rows: TrainingRows, folds: Sequence[tuple[slice, slice]]
) -> float:
    miss, change = np.zeros(len(GRADED_COLUMNS)), np.zeros(len(GRADED_COLUMNS))
    for learn, test in folds:
        model = make_model(params, learn).fit(rows.x[learn], rows.y[learn][:, GRADED_COLUMNS])
        actual = rows.y[test][:, GRADED_COLUMNS]
        miss += np.abs(actual - model.predict(rows.x[test])).sum(axis=0)
        change += np.abs(actual).sum(axis=0)
    return float((miss / change).mean())
