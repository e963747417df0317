"""When a champion is trained anew, and why not."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from backend.monitor.retraining.policy import Check, LiveScore, Situation, decide
from backend.monitor.retraining.recipe import requested, retraining
from backend.monitor.retraining.verdict import compared, sentence
from backend.settings import RetrainSettings
from backend.src.data.orm import Model
from backend.src.training.request import TrainRequest

SETTINGS = RetrainSettings(
    retrain_persistence=3,
    retrain_cool_down_sessions=20,
    retrain_max_age_sessions=250,
    retrain_decay_sessions=60,
    retrain_decay_margin=0.05,
)
CALM, FEATURES, CONCEPT = Check(False, False, {}), Check(True, False, {"max_ratio": 1.4}), Check(False, True, {})
QUIET = Situation(
    checks=[CALM] * 3, score=None, age=30, since_retrain=None, in_training=False, submitted_lately=0, budget=10
)


def told(**changes: Any) -> tuple[str, str] | None:
    found = decide(replace(QUIET, **changes), SETTINGS)
    return None if found is None else (found.trigger, found.outcome)


def test_without_a_cause_nothing_is_decided() -> None:
    assert told() is None
    assert told(checks=[], in_training=True, since_retrain=0, submitted_lately=99) is None


@pytest.mark.parametrize("drift", [FEATURES, CONCEPT])
def test_drift_must_last_before_it_leads_to_a_training(drift: Check) -> None:
    assert told(checks=[drift]) == ("drift", "waiting")
    assert told(checks=[drift, drift, CALM]) == ("drift", "waiting")
    assert told(checks=[drift, CALM, drift, drift]) == ("drift", "waiting")
    assert told(checks=[CALM, drift, drift, drift]) is None
    assert told(checks=[drift, drift, drift]) == ("drift", "submitted")


def test_a_training_is_put_off_with_the_reason() -> None:
    drift = [FEATURES] * 3
    assert told(checks=drift, in_training=True) == ("drift", "already_training")
    assert told(checks=drift, since_retrain=19) == ("drift", "cooling_down")
    assert told(checks=drift, since_retrain=20) == ("drift", "submitted")
    assert told(checks=drift, submitted_lately=10) == ("drift", "over_budget")
    found = decide(replace(QUIET, checks=drift, since_retrain=3), SETTINGS)
    assert found is not None
    assert "20 sessions" in found.reason
    assert found.evidence["max_ratio"] == 1.4


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (LiveScore(60, 1.06, 1.0), ("decay", "submitted")),
        (LiveScore(59, 1.50, 1.0), None),
        (LiveScore(60, 1.05, 1.0), None),
        (LiveScore(60, 1.06, 1.02), None),
        (LiveScore(60, None, 1.0), None),
        (LiveScore(60, 1.06, None), None),
    ],
)
def test_a_live_score_decays_when_it_is_worse_than_the_record_by_the_margin(
    score: LiveScore, expected: tuple[str, str] | None
) -> None:
    assert told(score=score) == expected


def test_an_old_training_is_repeated() -> None:
    assert told(age=250) is None
    assert told(age=251) == ("age", "submitted")


def test_drift_is_told_before_decay_and_decay_before_age() -> None:
    worse = LiveScore(100, 2.0, 1.0)
    assert told(checks=[FEATURES] * 3, score=worse, age=999) == ("drift", "submitted")
    assert told(checks=[CALM] * 3, score=worse, age=999) == ("decay", "submitted")


def test_after_drift_the_same_recipe_learns_from_the_newest_sessions() -> None:
    asked = TrainRequest(ticker="AAPL", model_type="lightgbm", seed=7, n_folds=3)
    assert retraining(asked, "age", 500) == asked
    rolling = retraining(asked, "drift", 500)
    assert (rolling.window, rolling.window_sessions) == ("rolling", 500)
    assert rolling.model_copy(update={"window": "expanding", "window_sessions": None}) == asked


def test_a_model_from_before_requests_were_kept_is_repeated_by_its_row() -> None:
    asked = TrainRequest(ticker="AAPL", model_type="ridge", params={"alpha": 3.0}, seed=9)
    columns: dict[str, Any] = {"ticker": "AAPL", "model_type": "ridge", "params": asked.params, "seed": 9}
    assert requested(Model(**columns, evidence={})) == asked
    kept = asked.model_copy(update={"n_folds": 3})
    assert requested(Model(**columns, evidence={"request": kept.model_dump(mode="json")})) == kept


@pytest.mark.parametrize(
    "wrong", [{"retrain_persistence": 0}, {"retrain_decay_margin": 0}, {"retrain_daily_budget": -1}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RetrainSettings(**wrong)


def test_the_report_says_in_words_whether_it_would_have_helped() -> None:
    rng = np.random.default_rng(3)
    actual = rng.normal(0, 0.02, 400)
    good, bad, nothing = actual * 0.5, -actual * 0.5, np.zeros(400)
    same = compared(nothing, nothing, actual)
    assert same["frozen_mae_ratio"] == 1
    assert "nothing to compare" in sentence(0, {"served": same, "own": same})
    assert "changed no forecast" in sentence(1, {"served": same, "own": same})
    better, worse = compared(nothing, good, actual), compared(nothing, bad, actual)
    assert "Retraining 4 times would have helped" in sentence(4, {"served": better, "own": same})
    assert "would have done harm" in sentence(4, {"served": worse, "own": same})
    luck = compared(rng.normal(0, 1e-4, 400), rng.normal(0, 1e-4, 400), actual)
    assert luck["p_value"] > 0.05
    assert f"once would not have helped (p = {luck['p_value']:.2g})" in sentence(1, {"served": luck, "own": same})
    assert "by the models' own forecasts it would have helped" in sentence(2, {"served": same, "own": better})
