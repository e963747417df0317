"""The models, the ledger and what it takes to be promoted, on the stack's real stores."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.errors import BellwetherError, ConflictError, InvalidRequestError, NotFoundError, UpstreamError
from backend.src.data.deployment_store import CHALLENGER, CHAMPION, Entry, lock_ticker
from backend.src.data.orm import Deployment, Model
from backend.src.registry.run_reader import RunReader
from backend.tests.contenders import GRADED, SESSIONS, add
from backend.tests.ml_seed import Market

pytestmark = pytest.mark.stack


def promote(
    stack: Market, model: Model, *, force: bool = True, horizons: tuple[int, ...] | None = None
) -> list[Deployment]:
    entry = Entry("ann", "it is better")
    return stack.runtime.promoter.promote(model.id, entry=entry, force=force, horizons=horizons)


def served(stack: Market, ticker: str) -> dict[int, int | None]:
    return {horizon: head.model_id for horizon, head in stack.runtime.deployments.heads(ticker).items()}


def roll_back(stack: Market, ticker: str, horizons: tuple[int, ...] | None = None) -> list[int | None]:
    moves = stack.runtime.deployments.rollback(ticker, Entry("ann", "worse live"), horizons)
    return [move.model_id for move in moves]


def test_versions_count_up_by_ticker(stack: Market) -> None:
    first, second = stack.ticker(), stack.ticker()
    assert [add(stack, ticker).version for ticker in (first, second, first, first)] == [1, 1, 2, 3]


def test_versions_stay_distinct_when_many_register_at_once(stack: Market) -> None:
    ticker = stack.ticker()
    stack.hold(ticker)
    threads = [threading.Thread(target=add, args=(stack, ticker)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(model.version for model in stack.models_of(ticker)) == [1, 2, 3, 4, 5, 6]
    assert [move.horizon for move in stack.runtime.deployments.ledger(ticker, 99, 0, alias=CHAMPION)[0]] == [20, 5, 1]


def test_promotion_moves_the_champion_and_says_who_why_and_on_what(stack: Market) -> None:
    ticker = stack.ticker()
    first, second = add(stack, ticker), add(stack, ticker, knows=0.9)
    moves = promote(stack, second, force=False)
    assert [(move.horizon, move.model_id, move.previous_model_id) for move in moves] == [
        (horizon, second.id, first.id) for horizon in GRADED
    ]
    (entry, *_others) = moves
    assert (entry.actor, entry.reason, entry.serves) == ("ann", "it is better", "model")
    assert entry.evidence["dm_p_value"] == 0.4
    assert entry.evidence["forced"] is False
    against = entry.evidence["against_champion"]
    assert against["e_value"] > against["e_needed"]
    assert against["sessions"] == SESSIONS
    assert against["skill"] == pytest.approx(0.9)
    assert served(stack, ticker) == dict.fromkeys(GRADED, second.id)
    champion = stack.runtime.deployments.champion(ticker)
    assert champion is not None
    assert champion.id == second.id


def test_later_models_are_challengers_until_they_are_promoted(stack: Market) -> None:
    ticker = stack.ticker()
    first, second = add(stack, ticker), add(stack, ticker, knows=0.9)
    aliases = stack.runtime.deployments.in_force([first.id, second.id])
    assert {model: {(a.alias, a.horizon) for a in found} for model, found in aliases.items()} == {
        first.id: {(CHAMPION, horizon) for horizon in GRADED},
        second.id: {(CHALLENGER, horizon) for horizon in GRADED},
    }
    promote(stack, second, horizons=(5,))
    aliases = stack.runtime.deployments.in_force([first.id, second.id])
    assert {(a.alias, a.horizon) for a in aliases[second.id]} == {(CHAMPION, 5), (CHALLENGER, 1), (CHALLENGER, 20)}
    assert {a.horizon for a in aliases[first.id]} == {1, 20}


def test_a_challenger_without_evidence_on_the_same_rows_is_refused(stack: Market) -> None:
    ticker = stack.ticker()
    first, second = add(stack, ticker, knows=0.3), add(stack, ticker, knows=0.3)
    with pytest.raises(ConflictError, match=r"At 1 session: evidence that it errs less .* is 1, 32.9 is needed"):
        promote(stack, second, force=False)
    assert served(stack, ticker) == dict.fromkeys(GRADED, first.id)


def test_force_promotes_without_evidence_and_the_ledger_keeps_why_it_was_refused(stack: Market) -> None:
    ticker = stack.ticker()
    first, second = add(stack, ticker, knows=0.9), add(stack, ticker)
    (entry,) = promote(stack, second, horizons=(1,))
    assert entry.evidence["forced"] is True
    assert "errs less than the champion" in entry.evidence["refused"]
    assert served(stack, ticker) == {1: second.id, 5: first.id, 20: first.id}


def test_the_gate_decides_what_serves_even_where_a_model_is_forced(stack: Market) -> None:
    ticker = stack.ticker()
    add(stack, ticker)
    worse = {"theil_u": 1.02, "dm_p_worse": 0.001}
    (entry,) = promote(stack, add(stack, ticker, record=worse), horizons=(1,))
    assert entry.serves == "naive"
    assert entry.serves_reason.startswith("No better than no change: Theil's U is 1.0200")
    champions = stack.runtime.catalogue._store.champions()[ticker]
    assert {horizon: champion.serves for horizon, champion in champions.items()} == {
        1: "naive",
        5: "model",
        20: "model",
    }


def test_a_champion_that_serves_naive_is_compared_as_naive(stack: Market) -> None:
    ticker = stack.ticker()
    add(stack, ticker, knows=0.9, record={"theil_u": 1.02})
    second = add(stack, ticker, knows=0.5)
    against = promote(stack, second, force=False)[0].evidence["against_champion"]
    assert against["skill"] == pytest.approx(0.5)


def test_a_model_that_takes_the_place_of_one_that_can_not_be_served_needs_no_comparison(stack: Market) -> None:
    ticker = stack.ticker()
    old = add(stack, ticker, feature_version="old")
    new = add(stack, ticker)
    assert served(stack, ticker) == dict.fromkeys(GRADED, new.id)
    (entry, *_others), _more = stack.runtime.deployments.ledger(ticker, 1, 0)
    assert f"Champion {old.id} can't be served" in entry.reason


def test_only_graded_horizons_have_champions(stack: Market) -> None:
    ticker = stack.ticker()
    add(stack, ticker)
    with pytest.raises(InvalidRequestError, match="at 1, 5, 20 sessions, not at 2 sessions"):
        promote(stack, add(stack, ticker), horizons=(2,))


def test_the_ledger_answers_which_model_served_at_any_time(stack: Market) -> None:
    ticker = stack.ticker()
    before = datetime.now(UTC)
    first = add(stack, ticker)
    between = datetime.now(UTC)
    second = add(stack, ticker)
    promote(stack, second, horizons=(5,))
    deployments = stack.runtime.deployments
    found = [
        {entry.horizon: entry.model_id for entry in deployments.at(moment, ticker)}
        for moment in (before, between, datetime.now(UTC))
    ]
    assert found == [{}, dict.fromkeys(GRADED, first.id), {1: first.id, 5: second.id, 20: first.id}]
    assert [entry.model_id for entry in deployments.at(datetime.now(UTC), ticker, horizon=5)] == [second.id]
    newest, more = deployments.ledger(ticker, 1, 0, horizon=5, alias=CHAMPION)
    assert ([entry.model_id for entry in newest], more) == ([second.id], True)


def test_of_two_promotions_at_once_one_wins_and_the_other_is_told(stack: Market) -> None:
    for _ in range(5):
        ticker = stack.ticker()
        add(stack, ticker)
        rivals = [add(stack, ticker), add(stack, ticker)]
        outcomes: list[str] = []
        barrier = threading.Barrier(2)

        def run(model: Model, barrier: threading.Barrier = barrier, outcomes: list[str] = outcomes) -> None:
            barrier.wait()
            try:
                promote(stack, model)
                outcomes.append("won")
            except ConflictError as error:
                outcomes.append(error.detail)

        threads = [threading.Thread(target=run, args=(model,)) for model in rivals]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        told = [outcome for outcome in outcomes if outcome != "won"]
        moves = stack.runtime.deployments.ledger(ticker, 99, 0, horizon=20, alias=CHAMPION)[0]
        assert len(moves) == 1 + outcomes.count("won")
        assert all("at the same time" in outcome for outcome in told)
        assert outcomes.count("won") >= 1


def wait_for_a_blocked_promotion(session: Session) -> None:
    """Return once someone waits for the lock that this session holds."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    deadline = time.monotonic() + 10
    while not session.scalar(waiting):
        assert time.monotonic() < deadline, "no one waits for the lock"
        time.sleep(0.01)


def test_who_saw_an_older_champion_may_not_replace_the_new_one(stack: Market) -> None:
    ticker = stack.ticker()
    add(stack, ticker)
    second, third = add(stack, ticker), add(stack, ticker)
    with ThreadPoolExecutor(1) as pool:
        with stack.runtime.meta_sessions.begin() as session:
            lock_ticker(session, ticker)
            slower = pool.submit(promote, stack, second)
            wait_for_a_blocked_promotion(session)
            session.add(
                Deployment(
                    ticker=ticker, alias=CHAMPION, horizon=5, model_id=third.id, actor="bob", reason="1st", evidence={}
                )
            )
        with pytest.raises(
            ConflictError, match=f"bob moved the champion of {ticker} at 5 sessions to model {third.id}"
        ):
            slower.result(10)
    assert served(stack, ticker)[5] == third.id


def test_rolling_back_twice_goes_back_two(stack: Market) -> None:
    ticker = stack.ticker()
    first, second, third = (add(stack, ticker) for _ in range(3))
    promote(stack, second)
    promote(stack, third)
    went = [roll_back(stack, ticker) for _ in range(2)]
    assert went == [[second.id] * 3, [first.id] * 3]
    with pytest.raises(ConflictError, match="no earlier champion"):
        roll_back(stack, ticker)


def test_a_rollback_moves_only_the_horizons_that_have_an_earlier_champion(stack: Market) -> None:
    ticker = stack.ticker()
    first, second = add(stack, ticker), add(stack, ticker)
    promote(stack, second, horizons=(5,))
    with pytest.raises(ConflictError, match="no earlier champion to go back to at 1 session"):
        roll_back(stack, ticker, (1, 5))
    assert roll_back(stack, ticker) == [first.id]
    assert served(stack, ticker) == dict.fromkeys(GRADED, first.id)


def test_a_rollback_passes_over_deleted_models(stack: Market) -> None:
    ticker = stack.ticker()
    first, second, third = (add(stack, ticker) for _ in range(3))
    promote(stack, second)
    promote(stack, third)
    stack.runtime.models.delete(second.id, "ann")
    assert roll_back(stack, ticker) == [first.id] * 3


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"feature_version": "old"}, ConflictError, "feature version old"),
        ({"evaluation_sha256": None}, ConflictError, "no files"),
        ({"knows": 0.9, "record": {"dm_p_worse": 0.01}}, ConflictError, "no better than no change|p = 0.01"),
    ],
)
def test_a_model_that_can_not_or_should_not_serve_is_not_promoted(
    stack: Market, changes: dict[str, Any], error: type[BellwetherError], words: str
) -> None:
    ticker = stack.ticker()
    first = add(stack, ticker)
    with pytest.raises(error, match=words):
        promote(stack, add(stack, ticker, **changes), force=False)
    assert stack.runtime.deployments.champions()[ticker] == first.id


def test_the_champion_is_not_promoted_again(stack: Market) -> None:
    model = add(stack, stack.ticker())
    with pytest.raises(ConflictError, match="already"):
        promote(stack, model)


def test_a_deleted_model_is_gone_but_for_its_row(stack: Market) -> None:
    ticker = stack.ticker()
    champion, other = add(stack, ticker), add(stack, ticker)
    models = stack.runtime.models
    with pytest.raises(ConflictError, match="is the champion"):
        models.delete(champion.id, "ann")
    assert models.delete(other.id, "ann").deleted_at is not None
    assert stack.runtime.deployments.in_force([other.id]) == {}
    for gone in (models.get, lambda model_id: models.delete(model_id, "ann")):
        with pytest.raises(NotFoundError, match="was deleted"):
            gone(other.id)
    with pytest.raises(NotFoundError):
        promote(stack, other)
    assert models.get(other.id, deleted_too=True).id == other.id
    assert [model.id for model in models.page(ticker, 10, 0)[0]] == [champion.id]


def test_models_come_in_pages_newest_first(stack: Market) -> None:
    ticker = stack.ticker()
    ids = [add(stack, ticker).id for _ in range(3)]
    pages = [stack.runtime.models.page(ticker, 2, offset) for offset in (0, 2)]
    assert [([model.id for model in models], more) for models, more in pages] == [
        ([ids[2], ids[1]], True),
        ([ids[0]], False),
    ]


def test_unknown_models_and_runs_are_not_found(stack: Market) -> None:
    with pytest.raises(NotFoundError, match="no model 9007199254740991"):
        stack.runtime.models.get(2**53 - 1)
    with pytest.raises(NotFoundError, match="MLflow has no run"):
        stack.runtime.runs.get("0" * 32)


def test_mlflow_away_is_told_apart_from_an_unknown_run() -> None:
    with pytest.raises(UpstreamError, match="does not answer"):
        RunReader("http://127.0.0.1:9").get("0" * 32)
