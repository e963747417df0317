"""Each model type against what the literature or another library says it is."""

import time

import numpy as np
import pytest
from statsmodels.tsa.forecasting.theta import ThetaModel as StatsmodelsTheta

from backend.src.features.pipeline import FEATURE_NAMES
from backend.src.training.export import export
from backend.src.training.models import MODEL_TYPES, ForecastModel
from backend.src.training.models.base import Peers
from backend.src.training.models.theta import smoothing_weight
from backend.src.training.walk_forward import TrainingRows
from backend.tests.sample_bars import sample_bars

LEARNED = 600


@pytest.fixture(scope="module")
def rows() -> TrainingRows:
    return TrainingRows(sample_bars("AAPL").iloc[:800])


def fitted(name: str, rows: TrainingRows, **params: object) -> ForecastModel:
    model_type = MODEL_TYPES[name]
    return model_type(model_type.Params.model_validate(params), 42).fit(rows.x[:LEARNED], rows.y[:LEARNED])


@pytest.mark.parametrize("name", sorted(MODEL_TYPES))
def test_each_type_tells_a_person_what_it_is(name: str) -> None:
    assert MODEL_TYPES[name].__doc__ != ForecastModel.__doc__
    assert set(MODEL_TYPES[name].Params.search_space) <= set(MODEL_TYPES[name].Params.model_fields)


@pytest.mark.parametrize("name", sorted(MODEL_TYPES))
def test_what_tuning_may_choose_is_within_the_bounds_of_a_request(name: str) -> None:
    params = MODEL_TYPES[name].Params
    for parameter, span in params.search_space.items():
        for value in (span.low, span.high):
            params.model_validate({parameter: value})


@pytest.mark.parametrize("name", sorted(MODEL_TYPES))
def test_thirteen_years_are_learned_and_exported_in_seconds(name: str) -> None:
    aapl = TrainingRows(sample_bars("AAPL"))
    model_type = MODEL_TYPES[name]
    began = time.process_time()
    model = model_type(model_type.Params(), 42).fit(aapl.x[: len(aapl)], aapl.y[: len(aapl)])
    export(model, aapl.x)
    assert time.process_time() - began < 15


def test_drift_goes_on_along_the_line_from_the_first_price_to_the_last(rows: TrainingRows) -> None:
    log_price = np.log(sample_bars("AAPL")["adj_close"].to_numpy())[41 : 41 + LEARNED + 1]
    slope = (log_price[-1] - log_price[0]) / LEARNED
    path = fitted("drift", rows).predict(rows.x[LEARNED:][:1])[0]
    np.testing.assert_allclose(path, slope * np.arange(1, 21), rtol=1e-9)


@pytest.mark.parametrize("memory", [0.05, 0.2, 0.35])
def test_theta_forecasts_what_statsmodels_does(memory: float) -> None:
    """A price whose level forgets its shocks at a known pace, so that the smoothing weight is inside its bounds."""
    shock = np.random.default_rng(3).normal(0, 0.02, 3000)
    change = 0.0004 + shock - memory * np.concatenate([[0.0], shock[:-1]])
    log_price = np.concatenate([[0.0], np.cumsum(change)])
    reference = StatsmodelsTheta(log_price, deseasonalize=False).fit()
    row = np.zeros((1, len(FEATURE_NAMES)), np.float32)
    for name, value in (*zip(_LAGS, change[::-1], strict=False), ("return_5", change[-5:].sum())):
        row[0, FEATURE_NAMES.index(name)] = value
    inputs = np.repeat(row, len(change), axis=0)
    model_type = MODEL_TYPES["theta"]
    theta = model_type(model_type.Params(), 1).fit(inputs, np.tile(change[:, None], (1, 20)))
    np.testing.assert_allclose(
        theta.predict(row)[0],
        reference.forecast(20).to_numpy() - log_price[-1],
        atol=1e-5 + 0.02 * memory**5,  # the returns before the last five
    )


_LAGS = ("return_1", "return_1_lag_1", "return_1_lag_2", "return_1_lag_3")


def test_the_smoothing_weight_is_the_best_of_all_allowed(rows: TrainingRows) -> None:
    price = np.concatenate([[0.0], np.cumsum(rows.y[:LEARNED, 0])])

    def squared_error(alpha: float) -> float:
        level, total = price[0], 0.0
        for value in price[1:]:
            total += (value - level) ** 2
            level += alpha * (value - level)
        return total

    found = smoothing_weight(price, 0.5)
    assert squared_error(found) <= min(squared_error(alpha) for alpha in np.linspace(0.5, 1, 201)) * (1 + 1e-9)
    assert smoothing_weight(price, 1.0) == 1.0


def test_the_quantile_type_learns_the_median_where_the_point_type_learns_the_mean() -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(size=(4000, len(FEATURE_NAMES))).astype(np.float32)
    y = np.repeat(rng.exponential(0.01, size=(4000, 1)), 2, axis=1)
    point, median = (
        MODEL_TYPES[name](MODEL_TYPES[name].Params.model_validate({"num_leaves": 2}), 1).fit(x, y).predict(x).mean()
        for name in ("lightgbm", "lightgbm_quantile")
    )
    assert point == pytest.approx(y.mean(), rel=0.02)
    assert median == pytest.approx(np.median(y), rel=0.02)


def panel_of_noise(codes: int, own_code: int) -> tuple[TrainingRows, Peers]:
    """Tickers whose returns are their number, whatever the features say."""
    rng = np.random.default_rng(4)
    rows = TrainingRows(sample_bars("AAPL").iloc[:400])
    others = np.repeat([code for code in range(codes) if code != own_code], 300)
    rows.y = np.full_like(rows.y, own_code / 100) + rng.normal(0, 1e-4, rows.y.shape)
    y = np.repeat(others[:, None] / 100, 20, axis=1)
    x = rng.normal(size=(len(others), rows.x.shape[1])).astype(np.float32)
    return rows, Peers(x, y, others.astype(np.int64), own_code)


@pytest.mark.parametrize(("codes", "own_code"), [(3, 0), (3, 2), (9, 0), (9, 5), (12, 11)])
def test_the_panel_knows_which_ticker_it_forecasts_and_so_does_its_export(codes: int, own_code: int) -> None:
    rows, peers = panel_of_noise(codes, own_code)
    model_type = MODEL_TYPES["lightgbm_panel"]
    params = model_type.Params.model_validate({"n_estimators": 200, "learning_rate": 0.2, "reg_lambda": 0.0})
    model = model_type(params, 42, peers).fit(rows.x[:300], rows.y[:300])
    assert np.abs(model.predict(rows.x[300:]) - own_code / 100).mean() < 2e-3  # the next one's is 1e-2 away
    assert export(model, rows.x).max_abs_diff < 1e-6


def test_a_panel_of_one_learns_what_the_single_ticker_does(rows: TrainingRows) -> None:
    alone = fitted("lightgbm", rows, colsample_bytree=1.0).predict(rows.x[LEARNED:])
    panel = fitted("lightgbm_panel", rows, colsample_bytree=1.0).predict(rows.x[LEARNED:])
    np.testing.assert_array_equal(panel, alone)
