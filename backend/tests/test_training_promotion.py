"""What becomes of a new model, by its ticker's policy, on the stack's real stores."""

import pytest

from backend.errors import ConflictError
from backend.src.data.deployment_store import Entry
from backend.src.data.orm import PromotionDecision
from backend.src.data.policy_store import Policy
from backend.src.training.request import TrainRequest
from backend.tests.contenders import GRADED, add
from backend.tests.ml_seed import Market, Recorder, allow

pytestmark = pytest.mark.stack


def set_policy(stack: Market, policy: Policy) -> str:
    ticker = stack.ticker()
    stack.runtime.policies.put(ticker, policy, "ann")
    return ticker


def champions(stack: Market, ticker: str) -> set[int | None]:
    return {head.model_id for head in stack.runtime.deployments.heads(ticker).values()}


def decisions(stack: Market, model_id: int) -> dict[int, PromotionDecision]:
    return {decision.horizon: decision for decision in stack.runtime.policies.decisions(model_id)}


def test_a_policy_is_to_propose_until_someone_sets_another(stack: Market) -> None:
    ticker = stack.ticker()
    policies = stack.runtime.policies
    assert (policies.get(ticker).policy, policies.get(ticker).actor) == ("propose", "default")
    policies.put(ticker, "auto", "ann")
    policies.put(ticker, "off", "bob")
    assert (policies.get(ticker).policy, policies.get(ticker).actor) == ("off", "bob")


def test_by_default_a_better_model_is_proposed_with_its_evidence_and_not_promoted(stack: Market) -> None:
    ticker = stack.ticker()
    first, second = add(stack, ticker), add(stack, ticker, knows=0.9)
    lines = stack.runtime.promoter.consider(second)
    assert len(lines) == 3
    assert lines[0].startswith(f"At 1 session, champion {first.id}: proposed (")
    found = decisions(stack, second.id)
    assert {(horizon, each.outcome, each.champion_id) for horizon, each in found.items()} == {
        (horizon, "proposed", first.id) for horizon in GRADED
    }
    assert [check["passed"] for check in found[20].evidence["checks"]] == [True] * 4
    assert champions(stack, ticker) == {first.id}
    promoted = stack.runtime.deployments.heads(ticker)
    assert promoted[1].model_id == first.id


def test_auto_promotes_a_better_model_at_once_and_keeps_the_evidence_in_the_ledger(stack: Market) -> None:
    ticker = set_policy(stack, "auto")
    first, second = add(stack, ticker), add(stack, ticker, knows=0.9)
    stack.runtime.promoter.consider(second)
    heads = stack.runtime.deployments.heads(ticker)
    assert {head.model_id for head in heads.values()} == {second.id}
    assert heads[5].actor == "policy:auto"
    assert heads[5].evidence["against_champion"]["champion"] == first.id
    assert heads[5].evidence["against_champion"]["e_value"] > 20
    assert {each.outcome for each in decisions(stack, second.id).values()} == {"promoted"}


def test_auto_keeps_a_champion_that_the_new_model_has_not_shown_to_beat(stack: Market) -> None:
    ticker = set_policy(stack, "auto")
    first, second = add(stack, ticker, knows=0.3), add(stack, ticker, knows=0.3)
    stack.runtime.promoter.consider(second)
    assert champions(stack, ticker) == {first.id}
    found = decisions(stack, second.id)[1]
    assert found.outcome == "kept"
    assert "is needed" in found.reason


def test_auto_promotes_only_where_the_gate_lets_the_new_model_serve(stack: Market) -> None:
    ticker = set_policy(stack, "auto")
    first = add(stack, ticker)
    second = add(stack, ticker, knows=0.9, record={"dm_p_worse": 0.01})
    stack.runtime.promoter.consider(second)
    assert champions(stack, ticker) == {first.id}


def test_a_model_of_another_sources_prices_is_kept_out_however_good_it_was_on_them(stack: Market) -> None:
    ticker = set_policy(stack, "auto")
    first, second = add(stack, ticker), add(stack, ticker, knows=0.9, source="elsewhere")
    stack.runtime.promoter.consider(second)
    assert champions(stack, ticker) == {first.id}
    assert {each.reason for each in decisions(stack, second.id).values()} == {
        f"it learned from prices of source elsewhere, and those of {first.source} are served"
    }


def test_where_the_policy_is_off_nothing_is_compared(stack: Market) -> None:
    ticker = set_policy(stack, "off")
    first, second = add(stack, ticker), add(stack, ticker, knows=0.9)
    assert stack.runtime.promoter.consider(second) == []
    assert decisions(stack, second.id) == {}
    assert champions(stack, ticker) == {first.id}


def test_a_decision_is_made_once(stack: Market) -> None:
    ticker = stack.ticker()
    _first, second = add(stack, ticker), add(stack, ticker, knows=0.9)
    assert len(stack.runtime.promoter.consider(second)) == 3
    assert stack.runtime.promoter.consider(second) == []
    assert len(stack.runtime.policies.decisions(second.id)) == 3


def test_each_kind_of_challenger_needs_more_than_the_one_before_and_another_fit_of_a_kind_does_not(
    stack: Market,
) -> None:
    ticker = stack.ticker()
    add(stack, ticker)
    ranks = []
    for params in ({"alpha": 1}, {"alpha": 2}, {"alpha": 1}, {"alpha": 3}):
        model = add(stack, ticker, knows=0.1, params=params)
        stack.runtime.promoter.consider(model)
        ranks.append(decisions(stack, model.id)[1].evidence["rank"])
    assert ranks == [1, 2, 1, 3]


def test_a_champion_whose_files_can_not_be_read_stays_and_the_decision_says_why(stack: Market) -> None:
    ticker = set_policy(stack, "auto")
    first = add(stack, ticker, evaluation_sha256="0" * 64)
    second = add(stack, ticker, knows=0.9)
    stack.runtime.promoter.consider(second)
    assert champions(stack, ticker) == {first.id}
    found = decisions(stack, second.id)[1]
    assert found.outcome == "kept"
    assert "no comparison could be made: The object store did not give evaluations/000" in found.reason
    with pytest.raises(ConflictError, match="no comparison could be made"):
        stack.runtime.promoter.promote(second.id, entry=Entry("ann", "it is better"))
    forced = stack.runtime.promoter.promote(second.id, entry=Entry("ann", "its file is gone"), force=True)
    assert "object store" in forced[0].evidence["against_champion"]["missing"]


def test_a_training_ends_with_the_decision_about_its_model(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    reporter = Recorder()
    for model_type in ("ridge", "naive"):
        request = TrainRequest(ticker=ticker, model_type=model_type)
        trained = stack.trainer().train(request, job_id=stack.job(), actor="tests", reporter=reporter, guard=allow)
    assert not trained.champion
    assert {each.outcome for each in decisions(stack, trained.model_id).values()} == {"kept"}
    assert sum("kept (" in line for line in reporter.lines) == 3
