"""What serving holds in memory, against the stack's real stores."""

from datetime import date

import pytest
from sqlalchemy import text

from backend.errors import InvalidRequestError, NotFoundError, UpstreamError
from backend.src.data.catalogue_store import CatalogueStore
from backend.src.data.deployment_store import Entry
from backend.src.data.model_files import ModelFiles
from backend.src.features.pipeline import make_features
from backend.src.inference.catalogue import Catalogue
from backend.src.inference.forecaster import Forecaster
from backend.src.inference.market_state import MIN_BARS
from backend.src.training.request import TrainRequest
from backend.src.training.trainer import TrainedModel
from backend.src.training.walk_forward import TrainingRows
from backend.tests.ml_seed import Market, Recorder, allow
from backend.tests.sample_bars import sample_bars

pytestmark = pytest.mark.stack


def train(stack: Market, ticker: str, model_type: str = "ridge") -> TrainedModel:
    request = TrainRequest(ticker=ticker, model_type=model_type)
    return stack.trainer().train(request, job_id=stack.job(), actor="tests", reporter=Recorder(), guard=allow)


def make_catalogue(stack: Market, files: ModelFiles | None = None) -> Catalogue:
    runtime = stack.runtime
    return Catalogue(
        CatalogueStore(runtime.meta_sessions), runtime.bars, files or runtime.model_files, runtime.evaluations
    )


def test_a_ticker_serves_naive_until_its_first_model_and_then_that(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    catalogue = make_catalogue(stack)
    forecaster = Forecaster(catalogue)
    assert not catalogue.loaded
    assert catalogue.refresh()
    before = forecaster.forecast(ticker)
    assert (before.model_type, before.degraded, before.degraded_reason) == ("naive", True, "no champion yet")
    trained = train(stack, ticker)
    assert catalogue.refresh()
    after = forecaster.forecast(ticker)
    assert (after.model_id, after.model_version, after.degraded) == (trained.model_id, 1, False)
    assert after.skill is not None
    assert after.skill.verdict == trained.verdict
    assert ticker not in catalogue.problems()


def test_nothing_new_means_nothing_is_read_again(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    train(stack, ticker, "naive")
    catalogue = make_catalogue(stack)
    catalogue.refresh()
    held = catalogue.holdings[ticker]
    train(stack, ticker, "naive")  # a challenger moves nothing
    catalogue.refresh()
    assert catalogue.holdings[ticker].models[5] is held.models[5] is held.models[20]
    assert catalogue.holdings[ticker].outlook is held.outlook
    assert catalogue.holdings[ticker].state is held.state


def test_a_promotion_and_a_rollback_are_picked_up(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    first, second = train(stack, ticker), train(stack, ticker, "lightgbm")
    catalogue = make_catalogue(stack)
    forecaster = Forecaster(catalogue)
    served = []
    catalogue.refresh()
    served.append(forecaster.forecast(ticker).model_id)
    entry = Entry("ann", "try it")
    stack.runtime.promoter.promote(second.model_id, entry=entry, force=True)
    catalogue.refresh()
    served.append(forecaster.forecast(ticker).model_id)
    stack.runtime.deployments.rollback(ticker, entry)
    catalogue.refresh()
    served.append(forecaster.forecast(ticker).model_id)
    assert served == [first.model_id, second.model_id, first.model_id]


def test_new_bars_move_the_forecast_to_the_next_session(stack: Market) -> None:
    ticker = stack.ticker()
    bars = sample_bars("FB")
    stack.hold(ticker, bars.iloc[:-1])
    catalogue = make_catalogue(stack)
    catalogue.refresh()
    assert Forecaster(catalogue).forecast(ticker).target_session == date(2013, 3, 1)
    stack.hold(ticker, bars)
    catalogue.refresh()
    forecast = Forecaster(catalogue).forecast(ticker)
    assert (forecast.last_session, forecast.target_session) == (date(2013, 3, 1), date(2013, 3, 4))
    assert forecast.last_close == bars["close"].iloc[-1]


def test_bars_that_arrive_after_their_snapshot_are_read_when_they_do(
    stack: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.src.inference.catalogue.FIRST_RETRY_SECONDS", 0.0)
    ticker = stack.ticker()
    bars = sample_bars("FB")
    stack.hold(ticker, bars.iloc[:-1])
    snapshot = stack.runtime.snapshots.put(bars, ticker, "XNAS", "sample")
    catalogue = make_catalogue(stack)
    catalogue.refresh()
    late = Forecaster(catalogue).forecast(ticker)
    assert late.last_session == date(2013, 2, 28)
    assert "behind: 2013-02-28 of 2013-03-01" in (late.degraded_reason or "")
    stack.insert(bars, snapshot)
    catalogue._retry_at = 1e-9  # time has passed
    catalogue.refresh()
    assert Forecaster(catalogue).forecast(ticker).last_session == date(2013, 3, 1)


def test_the_row_served_from_clickhouse_is_the_row_trained_on_from_the_snapshot(stack: Market) -> None:
    ticker = stack.ticker()
    snapshot = stack.hold(ticker, sample_bars("AAPL").iloc[-400:])
    catalogue = make_catalogue(stack)
    catalogue.refresh()
    state = catalogue.holdings[ticker].state
    assert state is not None
    assert state.snapshot == snapshot.sha256
    loaded = stack.runtime.snapshots.load(snapshot.sha256)
    assert state.features.tobytes() == make_features(loaded).to_numpy()[-1:].tobytes()
    # The last row with every label known lies 20 sessions back: serve from there and compare with training's own.
    rows = TrainingRows(loaded)
    served = make_features(stack.runtime.bars.read(ticker, "sample", end=rows.sessions[-1].date()))
    assert served.to_numpy()[-1].tobytes() == rows.x[-1].tobytes()


def test_a_champion_that_can_not_be_loaded_leaves_the_last_good_one_and_says_so(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    first, second = train(stack, ticker), train(stack, ticker, "lightgbm")
    catalogue = make_catalogue(stack)
    catalogue.refresh()
    with stack.runtime.meta_sessions.begin() as session:
        session.execute(
            text("UPDATE models SET artifact_sha256 = :gone WHERE id = :id"), {"gone": "0" * 64, "id": second.model_id}
        )
    stack.runtime.promoter.promote(second.model_id, entry=Entry("ann", "try it"), force=True)
    catalogue.refresh()
    forecast = Forecaster(catalogue).forecast(ticker)
    assert (forecast.model_id, forecast.degraded) == (first.model_id, True)
    assert f"champion {second.model_id} can't be loaded" in (forecast.degraded_reason or "")
    assert f"model {first.model_id} serves" in catalogue.problems()[ticker]
    fresh = make_catalogue(stack)
    fresh.refresh()
    stand_in = Forecaster(fresh).forecast(ticker)
    assert (stand_in.model_type, stand_in.degraded) == ("naive", True)


def test_a_damaged_file_is_not_served(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    trained = train(stack, ticker, "naive")
    model = stack.runtime.models.get(trained.model_id)
    assert model.artifact_sha256 is not None
    key, bucket = f"models/{model.artifact_sha256}.onnx", stack.runtime.settings.s3_bucket
    good = stack.runtime.model_files.get(model.artifact_sha256)
    stack.runtime.s3.put_object(Bucket=bucket, Key=key, Body=good[:-1] + b"?")
    try:
        catalogue = make_catalogue(stack)
        catalogue.refresh()
    finally:
        stack.runtime.s3.put_object(Bucket=bucket, Key=key, Body=good)
    forecast = Forecaster(catalogue).forecast(ticker)
    assert forecast.model_id is None
    assert "SHA-256 is" in (forecast.degraded_reason or "")


def test_refuses_what_can_not_be_forecast_and_names_what_can(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    catalogue = make_catalogue(stack)
    catalogue.refresh()
    forecaster = Forecaster(catalogue)
    wishes = {
        date(2013, 3, 1): "in the past",
        date(2013, 3, 9): "no trading day of XNAS. Possible, for example: 2013-03-11",
        date(2013, 3, 29): "no trading day of XNAS. Possible, for example: 2013-04-01",
        date(2013, 4, 2): "too far ahead: forecasts reach 20 sessions, to 2013-04-01",
        date(2030, 1, 5): "too far ahead",
        date(1066, 10, 14): "in the past",
    }
    for target, words in wishes.items():
        with pytest.raises(InvalidRequestError) as caught:
            forecaster.forecast(ticker, target)
        assert words in caught.value.detail, target
        assert isinstance(caught.value.extra["allowed"], list)
        assert caught.value.extra["allowed"][0] == "2013-03-04"
    for n in (0, -1, 21, 10_000):
        with pytest.raises(InvalidRequestError, match="1 to 20 can"):
            forecaster.forecast_path(ticker, n)
    with pytest.raises(NotFoundError, match="ZZZZ is not held"):
        forecaster.forecast("ZZZZ")
    with pytest.raises(InvalidRequestError, match="trades on XNAS, not on XTAI"):
        forecaster.forecast(ticker, exchange="XTAI")
    assert forecaster.forecast(ticker, date(2013, 3, 28), "NASDAQ").horizon == 19
    assert [f.horizon for f in forecaster.forecast_path(ticker, 3)] == [1, 2, 3]


def test_a_ticker_whose_bars_were_never_read_is_unavailable_with_the_reason(stack: Market) -> None:
    ticker = stack.ticker()
    stack.runtime.snapshots.put(sample_bars("FB"), ticker, "XNAS", "sample")
    catalogue = make_catalogue(stack)
    catalogue.refresh()
    with pytest.raises(UpstreamError, match="can't be read"):
        Forecaster(catalogue).forecast(ticker)


def test_a_ticker_with_too_few_bars_is_refused_with_how_many_it_needs_until_it_has_them(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker, sample_bars("FB").iloc[: MIN_BARS - 1])
    catalogue = make_catalogue(stack)
    catalogue.refresh()
    for _ in range(2):
        with pytest.raises(InvalidRequestError, match=f"{MIN_BARS - 1} sessions from sample; .* needs {MIN_BARS}"):
            Forecaster(catalogue).forecast(ticker)
    stack.hold(ticker, sample_bars("FB").iloc[:MIN_BARS])
    catalogue.refresh()
    assert Forecaster(catalogue).forecast(ticker).horizon == 1
