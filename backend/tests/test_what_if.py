"""A past range with and without retraining: nothing is known before its time, and nothing is left to chance."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from backend.errors import InvalidRequestError
from backend.monitor.retraining.what_if import Past, WhatIf, WhatIfRequest, make_past
from backend.settings import Settings
from backend.src.inference.market_state import market_state
from backend.src.replay.history import trained_model
from backend.src.training.request import TrainRequest
from backend.tests.ml_seed import Recorder
from backend.tests.sample_bars import sample_bars

TRAINING = TrainRequest(ticker="MSFT", n_folds=2)


@pytest.fixture(scope="module")
def bars() -> pd.DataFrame:
    return sample_bars("MSFT").head(900)


def policy(**values: Any) -> Settings:
    """Settings without addresses: none is needed to compute."""
    return Settings.model_construct(
        **{
            "drift_window": 60,
            "drift_false_alarm_rate": 0.01,
            "concept_false_alarm_rate": 0.05,
            "retrain_persistence": 3,
            "retrain_cool_down_sessions": 20,
            "retrain_max_age_sessions": 60,
            "retrain_decay_sessions": 60,
            "retrain_decay_margin": 0.05,
            "retrain_drift_window_sessions": 300,
            **values,
        }
    )


def report(bars: pd.DataFrame, settings: Settings, end: date) -> dict[str, Any]:
    request = WhatIfRequest(ticker="MSFT", start=date(2002, 3, 1), end=end, training=TRAINING)
    return WhatIf(make_past(bars, None), settings, Recorder()).run(request)


def test_a_past_range_is_replayed_with_the_policy_s_trainings_and_without(bars: pd.DataFrame) -> None:
    found = report(bars, policy(), date(2002, 9, 30))
    assert [each["trigger"] for each in found["retrainings"]] == ["age"] * len(found["retrainings"])
    days = [each["session"] for each in found["retrainings"]]
    sessions = [str(day.date()) for day in bars["session"]]
    apart = np.diff([sessions.index(day) for day in ["2002-03-01", *days]])
    # The first learned to 20 sessions before its day, as every training does: their outcomes were not known.
    assert (apart == 41).all()
    assert len(days) >= 3
    assert found["own"]["rows"] == found["sessions"] == sessions.index("2002-09-30") - sessions.index("2002-03-01")
    assert str(len(days)) in found["sentence"]
    assert report(bars, policy(), date(2002, 9, 30)) == found


def test_the_frozen_half_is_the_first_model_and_nothing_else(bars: pd.DataFrame) -> None:
    found = report(bars, policy(retrain_max_age_sessions=10_000), date(2002, 7, 31))
    assert found["retrainings"] == []
    first = bars.index[bars["session"] == "2002-03-01"][0]
    last = bars.index[bars["session"] == "2002-07-31"][0]
    model = trained_model(bars.iloc[: first + 1], TRAINING, None)
    errors, naive = [], []
    priced = bars.assign(exchange="XNAS", currency="USD")
    for row in range(first, last):
        state = market_state("MSFT", "sample", "0" * 64, priced.iloc[: row + 1])
        actual = np.log(bars["adj_close"][row + 1] / bars["adj_close"][row])
        errors.append(abs(actual - model.predict(state.features)[0, 0]))
        naive.append(abs(actual))
    assert found["own"]["frozen_mae_ratio"] == pytest.approx(np.mean(errors) / np.mean(naive), abs=1e-6)
    assert found["own"]["retrained_mae_ratio"] == found["own"]["frozen_mae_ratio"]
    assert "nothing to compare" in found["sentence"]


def test_what_comes_after_the_range_changes_nothing_in_it(bars: pd.DataFrame) -> None:
    end = date(2002, 5, 31)
    wild = bars.copy()
    after = wild["session"] > pd.Timestamp(end)
    prices = ["open", "high", "low", "close", "adj_close"]
    wild.loc[after, prices] *= np.exp(np.random.default_rng(1).normal(0, 0.3, (after.sum(), 1)))
    assert report(wild, policy(), end) == report(bars, policy(), end)


@pytest.mark.parametrize(
    ("start", "end", "what"),
    [("2000-04-03", "2002-01-31", "first model needs"), ("2002-03-01", "2002-03-28", "range has")],
)
def test_a_range_with_too_little_in_it_or_before_it_is_refused(
    bars: pd.DataFrame, start: str, end: str, what: str
) -> None:
    past: Past = replace(make_past(bars, None))
    request = WhatIfRequest(
        ticker="MSFT", start=date.fromisoformat(start), end=date.fromisoformat(end), training=TRAINING
    )
    with pytest.raises(InvalidRequestError, match=what):
        WhatIf(past, policy(), Recorder()).run(request)
