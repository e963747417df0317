"""Challengers that are looked at again as the market answers, on the stack's real stores."""

from typing import Any

import pandas as pd
import pytest

from backend.errors import ConflictError
from backend.monitor.promotion_review import PromotionReview
from backend.src.data.deployment_store import Entry
from backend.src.data.orm import Model, PromotionDecision
from backend.src.data.policy_store import Policy
from backend.tests.contenders import add
from backend.tests.live_seed import answer, market_of, returns
from backend.tests.ml_seed import Market

pytestmark = pytest.mark.stack

DRIFT = {"kind": "drift"}


def reviewer(stack: Market) -> PromotionReview:
    runtime = stack.runtime
    stores = runtime.deployments, runtime.models, runtime.policies, runtime.promoter, runtime.live
    return PromotionReview(*stores, min_shadow_sessions=5)


def rivals(stack: Market, policy: Policy, **challenger: Any) -> tuple[pd.DataFrame, Model, Model]:
    """Bars, a champion, and a challenger that the policy has decided about once."""
    ticker, bars = market_of(stack)
    stack.runtime.policies.put(ticker, policy, "ann")
    first, second = add(stack, ticker), add(stack, ticker, **challenger)
    stack.runtime.promoter.consider(second)
    return bars, first, second


def both(stack: Market, bars: pd.DataFrame, first: Model, second: Model, sessions: slice, knows: float = 0.8) -> None:
    """Live, the champion says no change and the challenger knows a share of every return."""
    answer(stack, bars, first, 0.0, sessions)
    answer(stack, bars, second, knows * returns(bars), sessions, shadow=True)


def decision(stack: Market, model: Model) -> PromotionDecision:
    (found,) = [each for each in stack.runtime.policies.decisions(model.id) if each.horizon == 1]
    return found


def served(stack: Market, ticker: str) -> int | None:
    return stack.runtime.deployments.heads(ticker)[1].model_id


def test_a_model_that_no_person_asked_for_is_promoted_only_after_its_sessions_in_shadow(stack: Market) -> None:
    bars, first, second = rivals(stack, "auto", knows=0.9, trigger=DRIFT)
    assert decision(stack, second).outcome == "waiting"
    both(stack, bars, first, second, slice(0, 4))
    told = reviewer(stack).review(first.ticker)
    assert told is not None
    assert "4 sessions were scored in shadow, 5 are needed" in str(told["decisions"])
    assert served(stack, first.ticker) == first.id
    both(stack, bars, first, second, slice(4, 5))
    reviewer(stack).review(first.ticker)
    assert served(stack, first.ticker) == second.id
    head = stack.runtime.deployments.heads(first.ticker)[1]
    assert head.actor == "policy:auto"
    assert head.evidence["against_champion"]["live"]["sessions"] == 5
    assert decision(stack, second).outcome == "promoted"
    # Nobody asked for the other horizons, so nothing was learned there.
    assert stack.runtime.deployments.heads(first.ticker)[20].model_id == first.id


def test_live_outcomes_tell_apart_what_the_walk_forward_could_not(stack: Market) -> None:
    bars, first, second = rivals(stack, "auto")
    assert decision(stack, second).outcome == "kept"
    both(stack, bars, first, second, slice(0, 10))
    reviewer(stack).review(first.ticker)
    early = decision(stack, second)
    assert (early.outcome, early.looks, early.evidence["live"]["sessions"]) == ("kept", 2, 10)
    assert early.at < early.looked_at
    both(stack, bars, first, second, slice(10, 80))
    reviewer(stack).review(first.ticker)
    late = decision(stack, second)
    assert (late.outcome, late.evidence["live"]["sessions"]) == ("promoted", 80)
    assert late.evidence["live"]["skill"] == pytest.approx(0.8)
    assert late.evidence["e_value"] >= late.evidence["e_needed"]
    assert served(stack, first.ticker) == second.id


def test_without_a_new_outcome_nothing_is_looked_at_again(stack: Market) -> None:
    bars, first, second = rivals(stack, "propose")
    both(stack, bars, first, second, slice(0, 10))
    assert reviewer(stack).review(first.ticker) is not None
    assert reviewer(stack).review(first.ticker) is None
    stack.runtime.policies.put(first.ticker, "auto", "ann")
    assert reviewer(stack).review(first.ticker) is not None  # another policy may decide otherwise


def test_a_proposal_on_live_evidence_is_accepted_without_force(stack: Market) -> None:
    bars, first, second = rivals(stack, "propose")
    entry = Entry("ann", "it is better")
    with pytest.raises(ConflictError, match="is needed"):
        stack.runtime.promoter.promote(second.id, entry=entry, horizons=[1])
    both(stack, bars, first, second, slice(0, 80))
    reviewer(stack).review(first.ticker)
    assert decision(stack, second).outcome == "proposed"
    assert served(stack, first.ticker) == first.id
    (move,) = stack.runtime.promoter.promote(second.id, entry=entry, horizons=[1])
    assert move.evidence["forced"] is False


def test_a_challenger_that_errs_more_live_stays_one(stack: Market) -> None:
    bars, first, second = rivals(stack, "auto", trigger=DRIFT)
    both(stack, bars, first, second, slice(0, 80), knows=-0.8)
    reviewer(stack).review(first.ticker)
    assert decision(stack, second).outcome == "kept"
    assert served(stack, first.ticker) == first.id


def test_only_sessions_that_both_forecast_count_each_once_as_last_answered(stack: Market) -> None:
    bars, first, second = rivals(stack, "propose", trigger=DRIFT)
    answer(stack, bars, first, 0.0, slice(0, 30))
    answer(stack, bars, second, 0.5, slice(10, 20), shadow=True, made_at=pd.Timestamp("2026-01-02", tz="UTC"))
    answer(stack, bars, second, 0.8 * returns(bars), slice(10, 20), shadow=True)
    answer(stack, bars, second, 0.0, slice(0, 40))  # as a named model it was served, not in shadow
    reviewer(stack).review(first.ticker)
    live = decision(stack, second).evidence["live"]
    assert live["sessions"] == 10
    assert live["skill"] == pytest.approx(0.8)
    assert live["first_session"] == str(bars["session"].iloc[10].date())


def test_where_the_policy_is_off_the_champion_stays_whatever_the_outcomes(stack: Market) -> None:
    bars, first, second = rivals(stack, "off", knows=0.9)
    both(stack, bars, first, second, slice(0, 80))
    assert reviewer(stack).review(first.ticker) is None
    assert stack.runtime.policies.decisions(second.id) == []
    assert served(stack, first.ticker) == first.id


def test_a_newer_challenger_takes_the_place_of_the_older_one(stack: Market) -> None:
    bars, first, second = rivals(stack, "auto")
    third = add(stack, first.ticker, trigger=DRIFT)
    both(stack, bars, first, second, slice(0, 80))
    reviewer(stack).review(first.ticker)
    assert served(stack, first.ticker) == first.id
    assert decision(stack, third).outcome == "waiting"
