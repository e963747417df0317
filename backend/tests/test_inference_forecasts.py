"""Forecasts from memory: real models, real calendars, real bars, no server."""

import math
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any

import numpy as np
import pytest

from backend.errors import InvalidRequestError
from backend.src.data.orm import Model
from backend.src.features.bands import residual_bands
from backend.src.features.pipeline import FEATURE_VERSION, make_features, make_targets
from backend.src.inference.market_state import MIN_BARS, MarketState, market_state
from backend.src.inference.outlook import make_outlook
from backend.src.inference.served_model import ServedModel, UnloadableModelError, load_model
from backend.src.training.export import export
from backend.src.training.models.ridge import RidgeModel, RidgeParams
from backend.src.training.walk_forward import TrainingRows, overall_record
from backend.tests.sample_bars import sample_bars


@pytest.fixture(scope="module")
def rows() -> TrainingRows:
    return TrainingRows(sample_bars("AAPL").iloc[-800:])


@pytest.fixture(scope="module")
def ridge(rows: TrainingRows) -> RidgeModel:
    return RidgeModel(RidgeParams(alpha=100), 1).fit(rows.x, rows.y)


@pytest.fixture(scope="module")
def artifact(rows: TrainingRows, ridge: RidgeModel) -> bytes:
    return export(ridge, rows.x).content


def model_row(rows: TrainingRows, artifact: bytes, **changes: Any) -> Model:
    residuals = rows.y - rows.y.mean(axis=0)
    values: dict[str, Any] = {
        "id": 12,
        "ticker": "AAPL",
        "version": 3,
        "model_type": "ridge",
        "feature_version": FEATURE_VERSION,
        "horizons": list(range(1, 21)),
        "artifact_sha256": sha256(artifact).hexdigest(),
        "artifact_bytes": len(artifact),
        "metrics": {"overall": overall_record(rows.y * 0.5, rows.y, is_naive=False)},
        "evidence": {"bands": {str(level): band.tolist() for level, band in residual_bands(residuals).items()}},
    }
    return Model(**{**values, **changes})


@pytest.fixture
def served(rows: TrainingRows, artifact: bytes) -> ServedModel:
    return load_model(model_row(rows, artifact), artifact)


def state_of(ticker: str = "AAPL", **changes: Any) -> MarketState:
    bars = sample_bars(ticker).assign(exchange="XNAS", currency="USD", **changes)
    return market_state(ticker, "sample", "0" * 64, bars)


def test_a_forecast_is_the_last_close_moved_by_the_models_log_return(served: ServedModel, ridge: RidgeModel) -> None:
    bars = sample_bars("AAPL")
    outlook = make_outlook(state_of(), served, None)
    expected = ridge.predict(make_features(bars).to_numpy()[-1:])[0]
    assert [forecast.horizon for forecast in outlook] == list(range(1, 21))
    for forecast in outlook:
        log_return = expected[forecast.horizon - 1]
        assert forecast.last_close == forecast.naive_close == bars["close"].iloc[-1]
        assert forecast.predicted_close == pytest.approx(430.47 * math.exp(log_return), rel=1e-6)
        assert (forecast.model_id, forecast.model_version, forecast.model_type) == (12, 3, "ridge")
        assert (forecast.degraded, forecast.degraded_reason) == (False, None)
        assert forecast.skill is not None
        assert forecast.skill.horizon == forecast.horizon
        assert forecast.skill.value == pytest.approx(0.5)


def test_every_session_ahead_has_a_forecast_of_its_own_with_bands_that_widen(served: ServedModel) -> None:
    outlook = make_outlook(state_of(), served, None)
    assert len({forecast.predicted_close for forecast in outlook}) == 20
    for level in (50, 80, 95):
        bands = [next(band for band in forecast.bands if band.coverage == level) for forecast in outlook]
        relative = [math.log(band.upper / band.lower) for band in bands]
        assert (np.diff(relative) >= -1e-12).all()
        assert all(band.lower < f.predicted_close < band.upper for band, f in zip(bands, outlook, strict=True))


def test_bands_lie_around_the_forecast_in_log_return(served: ServedModel) -> None:
    forecast = make_outlook(state_of(), served, None)[4]
    low, high = served.bands[80][4]
    band = forecast.bands[1]
    assert band.coverage == 80
    assert math.log(band.lower / forecast.predicted_close) == pytest.approx(low)
    assert math.log(band.upper / forecast.predicted_close) == pytest.approx(high)


def test_without_a_model_naive_answers_with_bands_from_past_returns_and_says_why() -> None:
    outlook = make_outlook(state_of(), None, "no champion yet")
    returns = make_targets(sample_bars("AAPL"))[1].dropna().to_numpy()
    forecast = outlook[0]
    assert {f.predicted_close for f in outlook} == {430.47}
    assert (forecast.degraded, forecast.degraded_reason) == (True, "no champion yet")
    assert (forecast.model_id, forecast.model_type, forecast.skill) == (None, "naive", None)
    band, closes = forecast.bands[1], 430.47 * np.exp(returns)
    inside = np.mean((closes >= band.lower) & (closes <= band.upper))
    assert inside == pytest.approx(0.80, abs=0.002)


def test_the_next_sessions_skip_weekends_and_holidays() -> None:
    state = state_of()
    assert state.last_session == date(2013, 3, 1)
    assert state.sessions[0] == date(2013, 3, 4)
    assert date(2013, 3, 29) not in state.sessions  # Good Friday
    assert len(state.sessions) == 20
    assert all(day.weekday() < 5 for day in state.sessions)


@pytest.mark.parametrize("ticker", ["AAPL", "FB", "GOOG", "IBM", "MSFT"])
def test_the_row_that_is_served_is_the_row_that_training_sees(ticker: str) -> None:
    assert state_of(ticker).features.tobytes() == make_features(sample_bars(ticker)).to_numpy()[-1:].tobytes()


def test_too_short_a_history_says_how_much_is_needed() -> None:
    bars = sample_bars("FB").assign(exchange="XNAS", currency="USD")
    assert market_state("FB", "sample", "", bars.iloc[:MIN_BARS]).naive_bands
    with pytest.raises(InvalidRequestError, match=f"needs {MIN_BARS}"):
        market_state("FB", "sample", "", bars.iloc[: MIN_BARS - 1])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"artifact_bytes": 5}, "registered with 5"),
        ({"artifact_sha256": "0" * 64}, "SHA-256 is"),
        ({"feature_version": "older"}, "feature version older"),
        ({"horizons": [1, 2]}, "wrong inputs or outputs"),
    ],
)
def test_a_file_that_is_not_what_was_registered_is_refused(
    rows: TrainingRows, artifact: bytes, changes: Mapping[str, Any], words: str
) -> None:
    with pytest.raises(UnloadableModelError, match=words):
        load_model(model_row(rows, artifact, **changes), artifact)


def test_a_file_that_is_no_graph_is_refused(rows: TrainingRows) -> None:
    with pytest.raises(UnloadableModelError, match="no ONNX graph"):
        load_model(model_row(rows, b"cos\nsystem\n(S'id'\ntR."), b"cos\nsystem\n(S'id'\ntR.")


def test_a_model_that_answers_with_no_number_gives_way_to_naive(rows: TrainingRows) -> None:
    broken = RidgeModel(RidgeParams(), 1).fit(rows.x, rows.y)
    broken._pipeline[-1].coef_[:] = np.nan
    content = broken.to_onnx()
    outlook = make_outlook(state_of(), load_model(model_row(rows, content), content), None)
    assert outlook[0].degraded
    assert outlook[0].predicted_close == 430.47
    assert "no number" in (outlook[0].degraded_reason or "")
