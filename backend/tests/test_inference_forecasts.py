"""Forecasts from memory: real models, real calendars, real bars, no server."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from backend.errors import InvalidRequestError
from backend.src.data.orm import Model
from backend.src.features.bands import track_bands
from backend.src.features.pipeline import make_features, make_targets
from backend.src.features.volatility import har_inputs, har_sigma, range_variance
from backend.src.inference.live_bands import model_bands, naive_bands
from backend.src.inference.market_state import MIN_BARS, MarketState, market_state
from backend.src.inference.outlook import champions_outlook, make_outlook
from backend.src.inference.served_model import ServedModel, UnloadableModelError, load_model
from backend.src.registry.gate import Finding, Serves
from backend.src.training.learning import Learned, learn
from backend.src.training.models.ridge import RidgeModel, RidgeParams
from backend.src.training.request import TrainRequest
from backend.tests.ml_seed import Recorder
from backend.tests.sample_bars import sample_bars
from bellwether_contracts.market import GRADED_HORIZONS, MAX_HORIZON

REQUEST = TrainRequest(ticker="AAPL", params={"alpha": 100})


@pytest.fixture(scope="module")
def learned() -> Learned:
    return learn(sample_bars("AAPL").iloc[-800:-50], REQUEST, Recorder())


@pytest.fixture(scope="module")
def artifact(learned: Learned) -> bytes:
    return learned.exported.content


@pytest.fixture(scope="module")
def ridge(learned: Learned) -> RidgeModel:
    rows = learned.rows
    return RidgeModel(RidgeParams(alpha=100), REQUEST.seed).fit(rows.x[: len(rows)], rows.y[: len(rows)])


def load(learned: Learned, artifact: bytes, **changes: Any) -> ServedModel:
    values = learned.model_columns(REQUEST) | {
        "artifact_sha256": sha256(artifact).hexdigest(),
        "artifact_bytes": len(artifact),
    }
    return allowed(load_model(Model(id=12, version=3, **{**values, **changes}), artifact, learned.tested))


def allowed(model: ServedModel, serves: Mapping[int, Serves] = MappingProxyType({})) -> ServedModel:
    """The model, allowed to serve forecasts of its own but where `serves` says otherwise."""
    findings = {h: Finding(h, serves.get(h, "model"), f"{h} as the test says", ()) for h in GRADED_HORIZONS}
    return replace(model, findings=findings)


@pytest.fixture
def served(learned: Learned, artifact: bytes) -> ServedModel:
    return load(learned, artifact)


def state_of(ticker: str = "AAPL", **changes: Any) -> MarketState:
    bars = sample_bars(ticker).assign(exchange="XNAS", currency="USD", **changes)
    return market_state(ticker, "sample", "0" * 64, bars)


def test_a_forecast_is_the_last_close_moved_by_the_models_log_return(
    served: ServedModel, ridge: RidgeModel, learned: Learned
) -> None:
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
        assert forecast.skill.value == learned.metrics["overall"][str(forecast.horizon)]["skill"]


def test_every_session_ahead_has_a_forecast_of_its_own_with_bands_that_widen(served: ServedModel) -> None:
    outlook = make_outlook(state_of(), served, None)
    assert len({forecast.predicted_close for forecast in outlook}) == 20
    for level in (50, 80, 95):
        bands = [next(band for band in forecast.bands if band.coverage == level) for forecast in outlook]
        relative = [math.log(band.upper / band.lower) for band in bands]
        assert (np.diff(relative) >= -1e-12).all()
        assert all(band.lower < f.predicted_close < band.upper for band, f in zip(bands, outlook, strict=True))


def test_where_naive_serves_the_forecast_says_no_change_in_the_models_bands(served: ServedModel) -> None:
    state = state_of()
    own = make_outlook(state, served, None)
    muted = make_outlook(state, allowed(served, {5: "naive"}), None)
    variance = har_sigma(har_inputs(range_variance(state.bars)), served.har)[-1]
    for forecast, other in zip(muted, own, strict=True):
        naive = 2 <= forecast.horizon <= 5
        assert forecast.serves == ("naive" if naive else "model")
        assert (forecast.predicted_close == forecast.naive_close) is naive
        assert (forecast.model_id, forecast.model_type, forecast.degraded) == (12, "ridge", False)
        assert forecast.skill == other.skill
        band = forecast.bands[1]
        centre, half_width = np.sqrt(band.lower * band.upper), math.log(band.upper / band.lower) / 2
        assert centre == pytest.approx(forecast.predicted_close)
        assert 0.4 < half_width / (1.28 * variance[forecast.horizon - 1]) < 2.5
    assert muted[4].serves_reason == "5 as the test says"


def test_where_naive_serves_the_bands_are_tracked_around_no_change(served: ServedModel) -> None:
    bars = state_of().bars
    silent = model_bands(bars, allowed(served, dict.fromkeys(GRADED_HORIZONS, "naive")))
    actual = make_targets(bars).to_numpy()[-len(silent.half_width) :]
    inside = np.abs(actual)[:, np.newaxis] <= silent.half_width
    np.testing.assert_array_equal(silent.inside, inside & silent.judged[:, np.newaxis])


def test_each_session_is_served_by_the_champion_of_the_next_graded_horizon(served: ServedModel) -> None:
    state = state_of()
    models = {1: served, 5: replace(served, model_id=13), 20: allowed(replace(served, model_id=14), {20: "naive"})}
    outlook = champions_outlook(state, models, {5: "a stand-in"})
    assert [forecast.model_id for forecast in outlook] == [12] + [13] * 4 + [14] * 15
    assert [forecast.horizon for forecast in outlook] == list(range(1, 21))
    assert {forecast.horizon for forecast in outlook if forecast.degraded} == {2, 3, 4, 5}
    assert {forecast.serves for forecast in outlook[5:]} == {"naive"}
    without = champions_outlook(state, {1: served}, {5: "no champion yet", 20: "no champion yet"})
    assert [forecast.model_id for forecast in without] == [12] + [None] * 19


def test_bands_lie_around_the_forecast_in_log_return(served: ServedModel) -> None:
    state = state_of()
    forecast = make_outlook(state, served, None)[4]
    half_width = model_bands(state.bars, served).half_width[-1, 1, 4]
    band = forecast.bands[1]
    assert band.coverage == 80
    assert math.log(band.lower / forecast.predicted_close) == pytest.approx(-half_width)
    assert math.log(band.upper / forecast.predicted_close) == pytest.approx(half_width)


def test_bands_of_today_follow_from_forecasts_that_had_not_seen_their_outcome(
    served: ServedModel, ridge: RidgeModel, learned: Learned
) -> None:
    bars = sample_bars("AAPL")
    features, actual = make_features(bars), make_targets(bars)
    variance = har_inputs(range_variance(bars))[-len(features) :]
    sigma = har_sigma(variance, np.array(learned.evidence["volatility"]["coefficients"]))
    tested = learned.tested
    forecasts, sigmas, outcomes = [], [], []
    for i, session in enumerate(features.index):
        if session < tested.sessions[0]:
            continue
        walked = list(tested.sessions).index(session) if session <= tested.sessions[-1] else None
        own = ridge.predict(features.to_numpy()[i : i + 1])[0]
        forecasts.append(own if walked is None else tested.forecast[walked])
        sigmas.append(sigma[i] if walked is None else tested.sigma[walked])
        outcomes.append(actual.loc[session].to_numpy())
    expected = track_bands(np.array(forecasts), np.array(outcomes), np.array(sigmas))
    found = model_bands(state_of().bars, served)
    assert len(found.half_width) == len(tested) + 50
    np.testing.assert_allclose(found.half_width, expected.half_width, rtol=1e-4)


def test_the_newest_band_has_the_width_of_the_model_that_forecasts_it(served: ServedModel, learned: Learned) -> None:
    bars, tested = sample_bars("AAPL"), learned.tested
    end = len(bars) - 50  # where its training data ended: a fold's fit forecast that row too
    variance = range_variance(bars.iloc[:end])
    own = har_sigma(har_inputs(variance)[-1:], np.array(learned.evidence["volatility"]["coefficients"]))[0, 0]
    assert own != tested.sigma[-1, 0]
    then = model_bands(state_of().bars, served).half_width[len(tested) - 1, 0, 0]
    newest = model_bands(bars.iloc[:end], served).half_width[-1, 0, 0]
    assert newest / own == pytest.approx(then / tested.sigma[-1, 0])


def test_a_forecast_says_how_often_such_bands_held_in_the_last_sixty_sessions(served: ServedModel) -> None:
    state = state_of()
    tracked = model_bands(state.bars, served)
    for forecast in make_outlook(state, served, None)[:: MAX_HORIZON - 1]:
        column = forecast.horizon - 1
        judged = np.flatnonzero(tracked.judged[:, column])[-60:]
        for i, realised in enumerate(forecast.realised):
            assert (realised.level, realised.sessions) == (forecast.bands[i].coverage, 60)
            assert realised.share == pytest.approx(tracked.inside[judged, i, column].mean())


def test_without_a_model_naive_answers_with_bands_from_past_returns_and_says_why() -> None:
    state = state_of()
    outlook = make_outlook(state, None, "no champion yet")
    forecast = outlook[0]
    assert {f.predicted_close for f in outlook} == {430.47}
    assert (forecast.degraded, forecast.degraded_reason) == (True, "no champion yet")
    assert (forecast.model_id, forecast.model_type, forecast.skill) == (None, "naive", None)
    coverage, rows = naive_bands(state.bars).coverage()
    assert rows[0] > 3_000
    np.testing.assert_allclose(coverage[:, 0], [0.5, 0.8, 0.95], atol=0.02)


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
    shortest = make_outlook(market_state("FB", "sample", "", bars.iloc[:MIN_BARS]), None, None)
    assert all(band.upper > band.lower for band in shortest[-1].bands)
    with pytest.raises(InvalidRequestError, match=f"needs {MIN_BARS}"):
        market_state("FB", "sample", "", bars.iloc[: MIN_BARS - 1])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"artifact_bytes": 5}, "registered with 5"),
        ({"artifact_sha256": "0" * 64}, "SHA-256 is"),
        ({"feature_version": "older"}, "feature version older"),
        ({"horizons": list(range(1, 20))}, "no volatility model"),
        ({"evidence": {}}, "no volatility model"),
    ],
)
def test_a_file_that_is_not_what_was_registered_is_refused(
    learned: Learned, artifact: bytes, changes: Mapping[str, Any], words: str
) -> None:
    with pytest.raises(UnloadableModelError, match=words):
        load(learned, artifact, **changes)


def test_a_graph_of_another_shape_is_refused(learned: Learned) -> None:
    narrow = RidgeModel(RidgeParams(), 1).fit(learned.rows.x[:100], learned.rows.y[:100, :2]).to_onnx()
    with pytest.raises(UnloadableModelError, match="wrong inputs or outputs"):
        load(learned, narrow)


def test_a_file_that_is_no_graph_is_refused(learned: Learned) -> None:
    with pytest.raises(UnloadableModelError, match="no ONNX graph"):
        load(learned, b"cos\nsystem\n(S'id'\ntR.")


def test_a_model_that_answers_with_no_number_gives_way_to_naive(learned: Learned) -> None:
    broken = RidgeModel(RidgeParams(), 1).fit(learned.rows.x[:100], learned.rows.y[:100])
    broken._pipeline[-1].coef_[:] = np.nan
    content = broken.to_onnx()
    outlook = make_outlook(state_of(), load(learned, content), None)
    assert outlook[0].degraded
    assert outlook[0].predicted_close == 430.47
    assert "no number" in (outlook[0].degraded_reason or "")
