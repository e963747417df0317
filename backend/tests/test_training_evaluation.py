"""Records of made-up forecasts whose truth is known, and of real ones against a loop over the rows."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from statsmodels.tsa.stattools import diebold_mariano_test

from backend.src.data.evaluation_files import OutOfSample
from backend.src.training.assessment import Walk, metrics, walk
from backend.src.training.evaluation import Champion, Competition, Graded, errors, horizon_record
from backend.src.training.models import MODEL_TYPES, ForecastModel
from backend.src.training.request import TrainRequest
from backend.src.training.walk_forward import TrainingRows
from backend.tests.sample_bars import sample_bars

N_FOLDS = 4
REQUEST = TrainRequest(ticker="IBM", n_folds=N_FOLDS)


def made_up(forecast: NDArray[np.float64], actual: NDArray[np.float64], horizon: int = 1, **other: Any) -> Graded:
    n = len(actual)
    values = {"drift": np.zeros(n), "scale": np.ones(n), "rival": np.full(n, np.nan), "rival_id": None, **other}
    return Graded(horizon, forecast, actual, **values)


def make_model(_rows: TrainingRows, _learn: slice) -> ForecastModel:
    return MODEL_TYPES["ridge"](MODEL_TYPES["ridge"].Params(), 42)


def walked(competition: Competition | None = None, request: TrainRequest = REQUEST) -> Walk:
    return walk(sample_bars("IBM").iloc[:1500], request, make_model, competition or Competition(), lambda *_: None)


@pytest.fixture(scope="module")
def ran() -> Walk:
    return walked()


def test_finds_a_forecast_that_knows_something() -> None:
    actual = np.random.default_rng(3).normal(size=1000) * 0.02
    record = horizon_record(made_up(actual * 0.3, actual), 1, 0, is_naive=False)
    assert record["better_than_naive"]
    assert record["skill"] == pytest.approx(0.3)
    assert record["skill_interval"] == pytest.approx([0.3, 0.3])
    assert record["verdict"] == "Better than naive by 30.0 % in MAE (p < 0.001, 1,000 sessions)"
    assert record["direction_accuracy"] == 1


def test_the_naive_forecast_is_called_by_its_name_and_has_no_direction() -> None:
    actual = np.random.default_rng(3).normal(size=200)
    record = horizon_record(made_up(np.zeros(200), actual), 1, 0, is_naive=True)
    assert record["verdict"] == "The naive forecast itself: no change"
    assert (record["skill"], record["dm_p_value"], record["direction_accuracy"]) == (0, None, None)
    assert record["mae"] == record["naive_mae"]
    assert record["theil_u"] == 1


def test_the_same_forecast_is_not_better_any_more_when_many_variants_were_tried() -> None:
    rng = np.random.default_rng(11)
    actual = rng.normal(size=500) * 0.02
    forecast = 0.02 * actual + rng.normal(size=500) * 0.002
    alone, many = (horizon_record(made_up(forecast, actual), m, 0, is_naive=False) for m in (1, 50))
    assert alone["better_than_naive"]
    assert not many["better_than_naive"]
    assert many["p_value_corrected"] == pytest.approx(min(1, alone["dm_p_value"] * 50))
    assert many["verdict"].startswith("Not better than naive")


def test_a_forecast_that_is_worse_says_so_by_its_one_sided_p_value() -> None:
    rng = np.random.default_rng(8)
    actual = rng.normal(size=500) * 0.02
    record = horizon_record(made_up(rng.normal(size=500) * 0.02, actual), 50, 0, is_naive=False)
    assert record["worse_than_naive"]
    assert record["dm_p_worse"] == pytest.approx(record["dm_p_value"] / 2)
    assert record["verdict"].startswith("Worse than naive by")


@pytest.mark.parametrize("horizon", [1, 5, 20])
def test_a_record_on_real_prices_is_that_of_a_loop_over_folds_and_rows(horizon: int, ran: Walk) -> None:
    record = metrics(ran, ran.bands())["overall"][str(horizon)]
    price = np.log(sample_bars("IBM")["adj_close"].to_numpy()[:1500])
    place = {session: i for i, session in enumerate(sample_bars("IBM")["session"])}
    scaled, drift_errors, changes, misses = [], [], [], []
    tested = ran.tested.labelled()
    for row in range(len(tested)):
        fold = ran.folds[tested.fold[row] - 1]
        first = place[ran.rows.sessions[0]]
        known = np.diff(price[first : first + fold.train_stop + 1])
        now = place[tested.sessions[row]]
        change = price[now + horizon] - price[now]
        miss = change - tested.forecast[row, horizon - 1]
        misses.append(miss)
        changes.append(change)
        scaled.append(abs(miss) / np.mean(np.abs(known)))
        drift_errors.append(abs(change - horizon * np.mean(known)))
    assert record["mase"] == pytest.approx(np.mean(scaled), rel=1e-9)
    assert record["mae"] == pytest.approx(np.mean(np.abs(misses)), rel=1e-9)
    assert record["naive_mae"] == pytest.approx(np.mean(np.abs(changes)), rel=1e-9)
    assert record["drift_mae"] == pytest.approx(np.mean(drift_errors), rel=1e-9)
    assert record["theil_u"] == pytest.approx(np.sqrt(np.sum(np.square(misses)) / np.sum(np.square(changes))), rel=1e-9)


def test_the_p_value_on_real_prices_is_that_of_statsmodels(ran: Walk) -> None:
    record, tested = metrics(ran, ran.bands())["overall"]["1"], ran.tested.labelled()
    actual, forecast = tested.actual[:, 0], tested.forecast[:, 0]
    expected = diebold_mariano_test(actual, forecast, 0 * actual, lags=0, criterion="mae", harvey_adj=True)
    assert record["dm_p_value"] == pytest.approx(float(expected.pvalue), abs=1e-9)


def test_coverage_and_pinball_of_a_fold_are_those_of_a_loop_over_its_rows(ran: Walk) -> None:
    bands = ran.bands()
    fold, found = ran.folds[2], metrics(ran, bands)["folds"][2]["horizons"]["5"]["bands"]["80"]
    inside, pinball = [], []
    for row in np.flatnonzero(ran.tested.fold == fold.number):
        half, actual = bands.tracked.half_width[row, 1, 4], ran.tested.actual[row, 4]
        low, high = ran.tested.forecast[row, 4] - half, ran.tested.forecast[row, 4] + half
        inside.append(low <= actual <= high)
        pinball += [max(q * (actual - edge), (q - 1) * (actual - edge)) for q, edge in ((0.1, low), (0.9, high))]
    assert found["rows"] == len(inside)
    assert found["coverage"] == pytest.approx(np.mean(inside), abs=1e-12)
    assert found["pinball"] == pytest.approx(np.mean(pinball), rel=1e-9)


def test_the_champion_is_measured_on_the_sessions_that_both_have_forecast(ran: Walk) -> None:
    theirs = ran.tested.take(slice(300, None))
    worse = dataclasses.replace(theirs, forecast=theirs.forecast + 0.05)
    beside = walked(Competition(champions={5: Champion(7, worse)}))
    found = metrics(beside, beside.bands())
    assert found["overall"]["1"]["against_champion"] is None
    record = found["overall"]["4"]["against_champion"]
    graded = beside.tested.labelled()
    assert (record["model_id"], record["sessions"]) == (7, len(graded) - 300)
    own = np.abs(graded.actual - graded.forecast)[300:, 3].mean()
    other = np.abs(graded.actual - graded.forecast - 0.05)[300:, 3].mean()
    assert record["skill"] == pytest.approx(1 - own / other, rel=1e-9)
    assert record["p_value"] < 0.001
    assert found["folds"][-1]["horizons"]["5"]["champion_mae"] > found["folds"][-1]["horizons"]["5"]["mae"]
    assert found["folds"][-1]["horizons"]["5"]["bands"]["80"]["champion"]["rows"] > 0
    assert "champion_mae" not in found["folds"][0]["horizons"]["1"]


def test_a_champion_that_shares_no_session_is_no_rival(ran: Walk) -> None:
    elsewhere = OutOfSample(
        ran.tested.sessions + np.timedelta64(9000, "D"),
        ran.tested.fold,
        ran.tested.forecast,
        ran.tested.sigma,
        ran.tested.actual,
    )
    beside = walked(Competition(champions={1: Champion(7, elsewhere)}))
    assert metrics(beside, beside.bands())["overall"]["1"]["against_champion"] is None


def test_a_price_that_never_moved_has_errors_but_no_ratios() -> None:
    still = made_up(np.zeros(30), np.zeros(30), scale=np.zeros(30))
    found = errors(still)
    assert (found["mae"], found["theil_u"], found["mase"]) == (0, None, None)
    assert horizon_record(still, 1, 0, is_naive=False)["skill_interval"] is None


def test_a_rolling_window_learns_from_the_newest_rows_alone() -> None:
    request = TrainRequest(ticker="IBM", n_folds=N_FOLDS, window="rolling", window_sessions=300)
    rolling = walked(request=request)
    record = metrics(rolling, rolling.bands())["folds"]
    assert [fold["train_rows"] for fold in record] == [300] * N_FOLDS
    assert not np.array_equal(rolling.tested.forecast, walked().tested.forecast)
