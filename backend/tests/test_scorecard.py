"""What the scorecard says of forecasts, against a plain loop over the same rows."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from prometheus_client import REGISTRY
from scipy import stats

from backend.api.score_gauges import ScoreGauges
from backend.errors import InvalidRequestError, NotFoundError
from backend.src.data.scorecard_store import ScoreFilter
from backend.src.runtime import Runtime
from backend.tests import ml_seed, score_seed
from backend.tests.ml_seed import Market
from bellwether_contracts import metric_names

pytestmark = pytest.mark.stack

SCORE_GAUGES = (metric_names.LIVE_SCORED, metric_names.LIVE_MAE_RATIO, metric_names.LIVE_COVERAGE_80)


@pytest.fixture
def market(runtime: Runtime) -> Iterator[Market]:
    yield from ml_seed.market(runtime)


def score(runtime: Runtime, ticker: str, **wanted: Any) -> dict[str, Any]:
    (found,) = runtime.scorecard.summary(ScoreFilter(ticker=ticker, **wanted))
    return found


@pytest.mark.parametrize("horizon", [1, 5])
def test_a_record_agrees_with_a_plain_loop(runtime: Runtime, market: Market, horizon: int) -> None:
    ticker, bars = market.ticker(), score_seed.random_bars(120)
    market.hold(ticker, bars)
    forecasts = score_seed.rows(bars, ticker, horizon, np.random.default_rng(2).normal(0, 0.005, 120 - horizon))
    score_seed.record(runtime, forecasts)
    expected = score_seed.by_hand(bars, forecasts.to_dict("records"))
    found = score(runtime, ticker)
    miss, change = np.abs(expected["misses"]), np.abs(expected["changes"])
    assert (found["scored"], found["pending"]) == (120 - horizon, 0)
    assert found["mae"] == pytest.approx(miss.mean(), rel=1e-12)
    assert found["naive_mae"] == pytest.approx(change.mean(), rel=1e-12)
    assert found["skill"] == pytest.approx(1 - miss.mean() / change.mean(), rel=1e-9)
    assert found["mase"] == pytest.approx(np.mean(expected["scaled"]), rel=1e-9)
    assert (found["hit_rate"], found["directions"]) == (np.mean(expected["hits"]), len(expected["hits"]))
    for band in found["coverage"]:
        inside = expected["inside"][band["level"]]
        assert band["share"] == pytest.approx(np.mean(inside))
        assert band["recent_share"] == pytest.approx(np.mean(inside[-60:]))
        assert band["recent_sessions"] == 60
    if horizon == 1:  # then Diebold-Mariano with the small-sample correction is Student's test of the differences
        assert found["dm_p_value"] == pytest.approx(stats.ttest_1samp(miss - change, 0).pvalue, rel=1e-9)
    assert f"{120 - horizon} sessions" in found["verdict"]


def test_the_running_record_ends_at_the_whole_one(runtime: Runtime, market: Market) -> None:
    ticker, bars = market.ticker(), score_seed.random_bars(90)
    market.hold(ticker, bars)
    score_seed.record(runtime, score_seed.rows(bars, ticker, 1, 0.003))
    found = score(runtime, ticker)
    series = runtime.scorecard.series(ScoreFilter(ticker=ticker))
    points = series["points"]
    assert [point["target_date"] for point in points] == list(bars["session"].dt.date[1:])
    for name in ("mae", "naive_mae", "skill", "mase", "hit_rate"):
        assert points[-1][name] == pytest.approx(found[name], rel=1e-9)
    for recent, band in zip(points[-1]["coverage"], found["coverage"], strict=True):
        assert recent["recent_share"] == pytest.approx(band["recent_share"])
    assert points[0]["mase"] is None  # one bar shows no change to measure by
    assert points[9]["mae"] == pytest.approx(np.mean([abs(point["error"]) for point in points[:10]]))


def test_a_forecast_is_pending_until_its_bar_comes_and_is_scored_anew_when_the_bar_is_corrected(
    runtime: Runtime, market: Market
) -> None:
    ticker, bars = market.ticker(), score_seed.random_bars(40)
    score_seed.record(runtime, score_seed.rows(bars, ticker, 1, 0.01).tail(1))
    before = market.hold(ticker, bars.head(39))
    pending = score(runtime, ticker)
    assert (pending["scored"], pending["pending"]) == (0, 1)
    assert all(pending[name] is None for name in ("mae", "naive_mae", "skill", "mase", "hit_rate", "dm_p_value"))
    assert [band["share"] for band in pending["coverage"]] == [None, None, None]
    assert pending["verdict"].startswith("Pending")
    correct = bars.copy()
    for truth in (1.0, 1.5):
        correct.loc[39, ["open", "high", "low", "close", "adj_close"]] = bars["close"].iloc[39] * truth
        score_seed.correct(market, correct, before)
        scored = score(runtime, ticker)
        assert (scored["scored"], scored["pending"]) == (1, 0)
        expected = abs(np.log(correct["close"].iloc[39] / bars["close"].iloc[38]) - 0.01)
        assert scored["mae"] == pytest.approx(expected, rel=1e-12)


def test_asked_many_times_a_forecast_counts_once_as_it_was_first_answered(runtime: Runtime, market: Market) -> None:
    ticker, bars = market.ticker(), score_seed.random_bars(30)
    market.hold(ticker, bars)
    first = score_seed.rows(bars, ticker, 1, 0.002)
    score_seed.record(runtime, first)
    for minutes in range(1, 4):
        again = score_seed.rows(bars, ticker, 1, 0.5)
        score_seed.record(runtime, again.assign(made_at=again["made_at"] + pd.Timedelta(minutes=minutes)))
    found = score(runtime, ticker)
    assert found["scored"] == 29
    assert found["mae"] == pytest.approx(
        np.abs(score_seed.by_hand(bars, first.to_dict("records"))["misses"]).mean(), rel=1e-12
    )


def test_a_split_and_a_dividend_are_no_errors(runtime: Runtime, market: Market) -> None:
    ticker, bars = market.ticker(), score_seed.random_bars(30)
    split = bars.copy()
    split.loc[15:, ["open", "high", "low", "close"]] /= 2  # the adjusted close goes on as before
    market.hold(ticker, split)
    score_seed.record(runtime, score_seed.rows(split, ticker, 5, 0.0))
    adjusted = np.log(bars["adj_close"].to_numpy())
    assert score(runtime, ticker)["mae"] == pytest.approx(np.abs(adjusted[5:] - adjusted[:-5]).mean(), rel=1e-9)


def test_a_forecast_of_no_change_has_no_direction_and_no_skill(runtime: Runtime, market: Market) -> None:
    ticker, bars = market.ticker(), score_seed.random_bars(30)
    market.hold(ticker, bars)
    score_seed.record(runtime, score_seed.rows(bars, ticker, 1, 0.0, model_id=None, model_type="naive"))
    found = score(runtime, ticker)
    assert (found["hit_rate"], found["directions"], found["dm_p_value"]) == (None, 0, None)
    assert found["skill"] == 0
    assert found["verdict"] == "The naive forecast itself: no change (29 sessions)"


def test_models_are_kept_apart_and_a_curve_is_of_one(runtime: Runtime, market: Market) -> None:
    ticker, bars = market.ticker(), score_seed.random_bars(30)
    market.hold(ticker, bars)
    for values in ({"model_id": 1}, {"model_id": 2}, {"model_id": None, "replayed": True, "variant": "0123456789ab"}):
        score_seed.record(runtime, score_seed.rows(bars, ticker, 1, 0.001, **values))
    found = runtime.scorecard.summary(ScoreFilter(ticker=ticker))
    assert [(each["replayed"], each["model_id"]) for each in found] == [(False, 1), (False, 2), (True, None)]
    assert len(runtime.scorecard.summary(ScoreFilter(ticker=ticker, replayed=True))) == 1
    assert runtime.scorecard.series(ScoreFilter(ticker=ticker, model_id=2))["model_id"] == 2
    with pytest.raises(InvalidRequestError, match="3 models fit"):
        runtime.scorecard.series(ScoreFilter(ticker=ticker))
    with pytest.raises(NotFoundError):
        runtime.scorecard.series(ScoreFilter(ticker=ticker, horizon=7))


def test_past_forecasts_tell_what_was_replayed_and_what_came(runtime: Runtime, market: Market) -> None:
    ticker, bars = market.ticker(), score_seed.random_bars(30)
    market.hold(ticker, bars)
    score_seed.record(runtime, score_seed.rows(bars, ticker, 1, 0.001))
    score_seed.record(runtime, score_seed.rows(bars, ticker, 1, 0.001, model_id=None, replayed=True))

    def found(replayed: bool | None) -> list[dict[str, Any]]:
        rows, more = runtime.predictions.page(
            ticker=ticker, model_id=None, date_from=None, date_to=None, replayed=replayed, limit=100, offset=0
        )
        assert not more
        return rows

    assert [len(found(flag)) for flag in (None, True, False)] == [58, 29, 29]
    assert {row["replayed"] for row in found(True)} == {True}


def test_only_what_was_served_is_exported(runtime: Runtime, market: Market) -> None:
    ticker, bars = market.ticker(), score_seed.random_bars(30)
    market.hold(ticker, bars)
    served = score_seed.rows(bars, ticker, 5, 0.01)
    score_seed.record(runtime, served)
    score_seed.record(runtime, score_seed.rows(bars, ticker, 5, 0.2, model_id=None, replayed=True))
    score_seed.record(runtime, score_seed.rows(bars, ticker, 7, 0.01))
    (found,) = [row for row in runtime.scores.live((1, 5, 20)) if row["ticker"] == ticker]
    expected = score_seed.by_hand(bars, served.to_dict("records"))
    assert (found["horizon"], found["model_type"], found["scored"]) == (5, "ridge", 25)
    assert found["mae_ratio"] == pytest.approx(np.abs(expected["misses"]).sum() / np.abs(expected["changes"]).sum())
    assert found["coverage_80"] == pytest.approx(np.mean(expected["inside"][80]))


def test_bars_of_another_source_score_nothing(runtime: Runtime, market: Market) -> None:
    ticker, bars = market.ticker(), score_seed.random_bars(30)
    market.hold(ticker, bars)
    score_seed.record(runtime, score_seed.rows(bars, ticker, 1, 0.001, source="yahoo"))
    found = score(runtime, ticker)
    assert (found["source"], found["scored"], found["pending"]) == ("yahoo", 0, 29)
    assert found["last_target"] == date(2020, 2, 12)


def test_the_gauges_follow_the_store(runtime: Runtime, market: Market) -> None:
    ticker, bars = market.ticker(), score_seed.random_bars(30)
    labels = {"ticker": ticker, "horizon": "1", "model_type": "ridge"}

    def exported() -> list[float | None]:
        return [REGISTRY.get_sample_value(name, labels) for name in SCORE_GAUGES]

    gauges = ScoreGauges(runtime.scores)
    forecasts = score_seed.rows(bars, ticker, 1, 0.01)
    score_seed.record(runtime, forecasts)
    gauges.refresh()
    assert exported() == [None, None, None]  # pending is not 0
    market.hold(ticker, bars)
    gauges.refresh()
    expected = score_seed.by_hand(bars, forecasts.to_dict("records"))
    ratio = np.abs(expected["misses"]).sum() / np.abs(expected["changes"]).sum()
    assert exported() == pytest.approx([29, ratio, np.mean(expected["inside"][80])])
    runtime.clickhouse.command("DELETE FROM predictions WHERE ticker = {ticker:String}", parameters={"ticker": ticker})
    gauges.refresh()
    assert exported() == [None, None, None]
