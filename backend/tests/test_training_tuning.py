"""Tuning inside the folds."""

import itertools

import numpy as np
import pytest
from pydantic import ValidationError

from backend.src.training.learning import learn
from backend.src.training.models import MODEL_TYPES, ForecastModel
from backend.src.training.models.base import ModelParams
from backend.src.training.models.ridge import RidgeParams
from backend.src.training.panel import Panel
from backend.src.training.recipe import Recipe
from backend.src.training.request import TrainRequest
from backend.src.training.splits import walk_forward
from backend.src.training.tuning import MIN_ROWS, Choice, inner_folds, tune
from backend.src.training.walk_forward import TrainingRows
from backend.tests.ml_seed import Recorder
from backend.tests.sample_bars import sample_bars

TRIALS = 6


@pytest.fixture
def rows() -> TrainingRows:
    return TrainingRows(sample_bars("GOOG").iloc[:1200])


def request(model_type: str = "ridge", **params: object) -> TrainRequest:
    return TrainRequest(ticker="GOOG", model_type=model_type, params=params, tune=TRIALS)


def choices(rows: TrainingRows, wanted: TrainRequest, learn: slice) -> list[Choice]:
    recipe = Recipe(wanted)
    recipe(rows, learn)
    return list(recipe.choices.values())


def searched(rows: TrainingRows, given: RidgeParams, seed: int = 42) -> tuple[Choice, list[tuple[ModelParams, slice]]]:
    """What a search chose, and all that it tried on which rows."""
    tried = []

    def make_model(params: ModelParams, learn: slice) -> ForecastModel:
        tried.append((params, learn))
        return MODEL_TYPES["ridge"](params, seed)

    return tune(given, make_model, rows, slice(0, 700), TRIALS, seed, lambda _: None), tried


@pytest.mark.parametrize("model_type", ["ridge", "lightgbm"])
def test_no_label_of_a_reported_test_changes_what_its_fold_chooses(rows: TrainingRows, model_type: str) -> None:
    for fold in walk_forward(len(rows), 3):
        learn = slice(0, fold.train_stop)
        honest = choices(rows, request(model_type), learn)
        spoiled = TrainingRows(sample_bars("GOOG").iloc[:1200])
        spoiled.y = rows.y.copy()
        spoiled.y[fold.train_stop :] = 9.0
        spoiled.x = rows.x.copy()
        spoiled.x[fold.train_stop :] = 9.0
        assert choices(spoiled, request(model_type), learn) == honest


def test_the_labels_that_a_fold_learns_from_do_change_what_it_chooses(rows: TrainingRows) -> None:
    """A signal that one feature carries: the less it is shrunk, the better."""
    noise = choices(rows, request(), slice(0, 700))[0]
    rows.y = np.repeat(rows.x[:, :1].astype(np.float64), 20, axis=1)
    signal = choices(rows, request(), slice(0, 700))[0]
    assert isinstance(signal.params, RidgeParams)
    assert isinstance(noise.params, RidgeParams)
    assert signal.params.alpha < noise.params.alpha
    assert signal.error is not None
    assert signal.given_error is not None
    assert signal.error < 0.5 * signal.given_error


def test_the_same_seed_tries_the_same_and_another_seed_does_not(rows: TrainingRows) -> None:
    first, second, other = (searched(rows, RidgeParams(), seed)[1] for seed in (1, 1, 2))
    assert first == second
    assert first != other


def test_what_was_given_stays_when_nothing_does_better(rows: TrainingRows) -> None:
    """It shrinks a pure signal less than anything in the space that is searched."""
    rows.y = np.repeat(rows.x[:, :1].astype(np.float64), 20, axis=1)
    given = RidgeParams(alpha=1e-3)
    choice, tried = searched(rows, given)
    assert choice.params == given
    assert choice.error == choice.given_error
    assert len({params for params, _ in tried}) == TRIALS + 1


def test_inner_folds_learn_before_they_are_tried_a_gap_apart_and_stay_within_the_fold() -> None:
    learn = slice(100, 900)
    folds = inner_folds(learn)
    assert [test.stop for _, test in folds][-1] == learn.stop
    for inner, test in folds:
        assert inner.start == learn.start
        assert inner.stop + 20 == test.start
        assert test.stop <= learn.stop
    assert all(one[1].stop == next_one[1].start for one, next_one in itertools.pairwise(folds))


def test_too_few_rows_leave_the_given_parameters(rows: TrainingRows) -> None:
    (choice,) = choices(rows, request(alpha=77.0), slice(0, MIN_ROWS - 1))
    assert choice == Choice(RidgeParams(alpha=77.0), None, None, 0)


def test_the_model_is_made_with_what_was_chosen_and_the_record_says_so(rows: TrainingRows) -> None:
    calls: list[int] = []
    recipe = Recipe(request("ridge", alpha=500.0), on_trial=calls.append)
    models = [recipe(rows, slice(0, stop)) for stop in (500, 700, 900)]
    record = recipe.as_json()["tuning"]
    assert record["given"] == {"alpha": 500.0}
    assert [each["chosen"]["alpha"] for each in (*record["folds"], record["final"])] == [m.params.alpha for m in models]
    assert calls == [*range(TRIALS)] * 3
    recipe(TrainingRows(sample_bars("IBM").iloc[:1200]), slice(0, 500))  # as a leak report does
    assert recipe.as_json()["tuning"] == record


def test_an_error_from_the_progress_ends_the_search(rows: TrainingRows) -> None:
    def cancel(trial: int) -> None:
        if trial == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        Recipe(request(), on_trial=cancel)(rows, slice(0, 700))


def test_a_panel_is_tuned_with_its_peers(rows: TrainingRows) -> None:
    panel = Panel("GOOG", {"IBM": "a" * 64}, lambda _: sample_bars("IBM"))
    recipe = Recipe(request("lightgbm_panel", n_estimators=5), panel)
    model = recipe(rows, slice(0, 700)).fit(rows.x[:700], rows.y[:700])
    assert model.predict(rows.x[700:701]).shape == (1, 20)
    assert recipe.choices[0, 700].trials == TRIALS


def test_a_tuned_panel_is_learned_alike_twice_and_its_record_says_how() -> None:
    bars = sample_bars("GOOG").iloc[:600].reset_index(drop=True)
    wanted = TrainRequest(
        ticker="GOOG", model_type="lightgbm_panel", params={"n_estimators": 3, "max_peers": 1}, tune=2, n_folds=2
    )
    panel = Panel("GOOG", {"IBM": "a" * 64}, lambda _: sample_bars("IBM"))
    first, second = (learn(bars, wanted, Recorder(), panel=panel) for _ in range(2))
    assert first.exported == second.exported
    assert first.evidence["tuning"] == second.evidence["tuning"]
    tuning = first.evidence["tuning"]
    assert (tuning["given"], len(tuning["folds"])) == (wanted.params, 2)
    columns = first.model_columns(wanted)
    assert columns["params"] == {**wanted.params, **tuning["final"]["chosen"]}
    assert first.evidence["panel"] == {"snapshots": {"IBM": "a" * 64}, "rows": len(panel)}
    assert first.evidence["leaks"]["passed"]


def test_without_tuning_nothing_is_recorded(rows: TrainingRows) -> None:
    recipe = Recipe(TrainRequest(ticker="GOOG"))
    recipe(rows, slice(0, 700))
    assert recipe.as_json() == {}


def test_what_has_nothing_to_tune_says_so() -> None:
    with pytest.raises(ValidationError, match=r"naive has nothing to tune; lightgbm, .*ridge have"):
        TrainRequest(ticker="GOOG", model_type="naive", tune=5)
