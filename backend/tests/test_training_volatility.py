"""The volatility models beside each other, on real prices and on simulated ones whose best model is known."""

import numpy as np
import pandas as pd
import pytest

from backend.src.training.importance import error_increases, importance_record
from backend.src.training.models.ridge import RidgeModel, RidgeParams
from backend.src.training.splits import walk_forward
from backend.src.training.volatility_comparison import volatility_comparison
from backend.src.training.walk_forward import TrainingRows
from backend.tests.sample_bars import sample_bars


@pytest.mark.parametrize("window", [None, 500])
def test_the_volatility_model_beats_naive_and_ewma_on_real_prices(window: int | None) -> None:
    rows = TrainingRows(sample_bars("MSFT"))
    found = volatility_comparison(rows, walk_forward(len(rows), 8, window))
    assert found is not None
    assert found["naive"] == 1
    assert found["har"] <= 0.84
    assert found["har"] < found["ewma"] < 1
    assert found["har"] < found["garch"] < 1


def test_the_ratio_is_that_of_a_plain_regression_of_each_fold() -> None:
    bars = sample_bars("IBM").iloc[:1200]
    rows = TrainingRows(bars)
    folds = walk_forward(len(rows), 3)
    spread = np.log(bars["high"] / bars["low"]) ** 2
    body = np.log(bars["close"] / bars["open"]) ** 2
    log_variance = np.log(0.5 * spread - (2 * np.log(2) - 1) * body)
    frame = pd.DataFrame({"day": log_variance, "week": log_variance.rolling(5).mean()})
    frame = frame.assign(month=log_variance.rolling(22).mean(), next=log_variance.shift(-1)).iloc[-len(rows.sessions) :]
    own, naive = [], []
    for fold in folds:
        learn, test = frame.iloc[fold.train_rows], frame.iloc[fold.test_rows]
        inputs = np.column_stack([np.ones(len(learn)), learn[["day", "week", "month"]]])
        weights = np.linalg.solve(inputs.T @ inputs, inputs.T @ learn["next"])
        forecast = np.column_stack([np.ones(len(test)), test[["day", "week", "month"]]]) @ weights
        own += list(test["next"] - forecast)
        naive += list(test["next"] - test["day"])
    found = volatility_comparison(rows, folds)
    assert found is not None
    assert found["har"] == pytest.approx(np.sqrt(np.mean(np.square(own)) / np.mean(np.square(naive))), rel=1e-9)


def test_a_market_without_a_range_has_no_volatility_to_compare() -> None:
    sessions = pd.bdate_range("2019-01-01", periods=400)
    bars = pd.DataFrame({"session": sessions, "volume": 1.0} | dict.fromkeys(("open", "high", "low", "close"), 10.0))
    rows = TrainingRows(bars.assign(adj_close=10.0))
    assert volatility_comparison(rows, walk_forward(len(rows), 3)) is None


def test_only_the_feature_that_a_model_uses_is_important() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 4)).astype(np.float32)
    y = np.column_stack([x[:, 2], x[:, 0]]) * 0.02 + rng.normal(0, 0.001, (600, 2))
    model = RidgeModel(RidgeParams(alpha=1.0), 1).fit(x[:400], y[:400])
    found = importance_record(error_increases(model, x[400:], y[400:]), ("a", "b", "c", "d"))
    assert found[0]["feature"] == "c"
    assert found[0]["mae_increase"] > 0.01
    assert all(abs(each["mae_increase"]) < 0.001 for each in found[1:])
