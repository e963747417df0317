"""Promotions that proved bad are undone, on the stack's real stores."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from backend.monitor.rollback import ACTOR, KIND, RollbackReview, Rule
from backend.settings import Settings
from backend.src.data.deployment_store import Entry
from backend.src.data.monitor_orm import Alert
from backend.src.data.orm import Deployment, Model
from backend.src.runtime import Runtime
from backend.tests.contenders import add
from backend.tests.live_seed import answer, clear_alerts, market_of, returns
from backend.tests.ml_seed import Market, market

pytestmark = pytest.mark.stack


@pytest.fixture
def stack(settings: Settings) -> Iterator[Market]:
    runtime = Runtime(settings)
    for made in market(runtime):
        yield made
        clear_alerts(runtime, made.tickers)
    runtime.close()


def reviewer(stack: Market) -> RollbackReview:
    runtime = stack.runtime
    return RollbackReview(runtime.deployments, runtime.policies, runtime.live, runtime.alerts, Rule(1.25, 5))


def promoted(stack: Market) -> tuple[pd.DataFrame, Model, Model]:
    """Bars, the first model, and one that was forced into its place one session ahead."""
    ticker, bars = market_of(stack)
    first, second = add(stack, ticker), add(stack, ticker)
    stack.runtime.promoter.promote(second.id, entry=Entry("ann", "I like it"), horizons=[1], force=True)
    return bars, first, second


def head(stack: Market, model: Model) -> Deployment:
    return stack.runtime.deployments.heads(model.ticker)[1]


def alerts(stack: Market, ticker: str) -> list[Alert]:
    found, _more = stack.runtime.alerts.page(state=None, kind=KIND, subject=ticker, severity=None, limit=10, offset=0)
    return [alert for alert, _muted in found]


def test_a_planted_bad_champion_gives_its_place_back_and_an_alert_says_so_until_the_old_one_has_shown_itself(
    stack: Market,
) -> None:
    bars, first, second = promoted(stack)
    answer(stack, bars, second, 0.1, slice(0, 12))
    found = reviewer(stack).review(first.ticker)
    assert found is not None
    assert f"model {first.id} serves again" in found["rolled_back"][0]
    now = head(stack, first)
    assert (now.model_id, now.previous_model_id, now.actor, now.serves) == (first.id, second.id, ACTOR, "model")
    assert now.evidence["rolled_back"]["live"]["ratio"] > 1.25
    assert now.evidence["rolled_back"]["live"]["sessions"] == 12
    (alert,) = alerts(stack, first.ticker)
    assert (alert.state, alert.severity, alert.evidence["model_id"]) == ("firing", "critical", second.id)
    again = reviewer(stack).review(first.ticker)
    assert again is not None
    assert again["rolled_back"] == []
    assert head(stack, first).id == now.id
    assert alerts(stack, first.ticker)[0].state == "firing"
    answer(stack, bars, first, 0.3 * returns(bars), slice(12, 17))
    reviewer(stack).review(first.ticker)
    assert [each.state for each in alerts(stack, first.ticker)] == ["resolved"]


def test_without_an_earlier_champion_no_change_serves_in_its_bands(stack: Market) -> None:
    bars, first, second = promoted(stack)
    stack.runtime.promoter.promote(second.id, entry=Entry("ann", "everywhere"), horizons=[5, 20], force=True)
    stack.runtime.models.delete(first.id, "ann")
    answer(stack, bars, second, -0.1, slice(0, 12))
    reviewer(stack).review(second.ticker)
    now = head(stack, second)
    assert (now.model_id, now.serves, now.actor) == (second.id, "naive", ACTOR)
    assert now.serves_reason.startswith("No better than no change: At 1 session")
    served = stack.runtime.deployments.heads(second.ticker)
    assert (served[5].serves, served[20].serves) == ("model", "model")
    answer(stack, bars, second, 0.1, slice(12, 24))  # what it would have said counts for nothing any more
    again = reviewer(stack).review(second.ticker)
    assert again is not None
    assert again["rolled_back"] == []


def test_a_champion_that_is_no_worse_than_no_change_stays(stack: Market) -> None:
    bars, first, second = promoted(stack)
    noise = np.random.default_rng(5).normal(0, 0.006, len(bars) - 1)
    answer(stack, bars, second, noise, slice(None))
    found = reviewer(stack).review(first.ticker)
    assert found is not None
    (record,) = found["champions"]
    assert record["sessions"] == len(bars) - 1
    assert head(stack, first).model_id == second.id
    assert alerts(stack, first.ticker) == []


def test_a_few_bad_sessions_are_not_enough(stack: Market) -> None:
    bars, first, second = promoted(stack)
    answer(stack, bars, second, 0.1, slice(0, 4))
    reviewer(stack).review(first.ticker)
    assert head(stack, first).model_id == second.id


def test_what_was_forecast_before_the_promotion_or_in_shadow_is_not_held_against_it(stack: Market) -> None:
    bars, first, second = promoted(stack)
    answer(stack, bars, second, 0.1, slice(0, 40), made_at=pd.Timestamp("2026-01-02", tz="UTC"))
    answer(stack, bars, second, 0.1, slice(40, 80), shadow=True)
    found = reviewer(stack).review(first.ticker)
    assert found is not None
    assert found["champions"][0]["sessions"] == 0
    assert head(stack, first).model_id == second.id


def test_the_first_model_of_a_ticker_was_not_promoted_and_is_not_judged(stack: Market) -> None:
    ticker, bars = market_of(stack)
    first = add(stack, ticker)
    answer(stack, bars, first, 0.1, slice(0, 40))
    assert reviewer(stack).review(ticker) is None


def test_where_the_policy_is_off_there_is_only_the_alert(stack: Market) -> None:
    bars, first, second = promoted(stack)
    stack.runtime.policies.put(first.ticker, "off", "ann")
    answer(stack, bars, second, 0.1, slice(0, 12))
    reviewer(stack).review(first.ticker)
    assert head(stack, first).model_id == second.id
    (alert,) = alerts(stack, first.ticker)
    assert alert.state == "firing"
    assert "the policy is off: it stays" in alert.summary


def test_going_back_from_a_silenced_champion_leads_to_the_one_before_it(stack: Market) -> None:
    _bars, first, second = promoted(stack)
    stack.runtime.deployments.silence(head(stack, second), Entry("ann", "it harms"), "It harms", {})
    (move,) = stack.runtime.deployments.rollback(first.ticker, Entry("ann", "back"), [1])
    assert move.model_id == first.id
