"""The models and the ledger on the stack's real Postgres."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.errors import BellwetherError, ConflictError, NotFoundError, UpstreamError
from backend.settings import Settings
from backend.src.data.catalogue_store import CHAMPION
from backend.src.data.deployment_store import deploy_first, lock_ticker
from backend.src.data.model_store import add_model
from backend.src.data.orm import Deployment, Model
from backend.src.features.pipeline import FEATURE_VERSION
from backend.src.registry.run_reader import RunReader
from backend.src.runtime import Runtime
from backend.tests.ml_seed import Market, market

pytestmark = pytest.mark.stack


@pytest.fixture
def stack(settings: Settings) -> Iterator[Market]:
    runtime = Runtime(settings)
    yield from market(runtime)
    runtime.close()


def add(stack: Market, ticker: str, **changes: Any) -> Model:
    """A model's row, as a training would leave it."""
    snapshot = stack.runtime.snapshots.latest(ticker) or stack.hold(ticker)
    overall = {"skill": 0.01, "dm_p_value": 0.4, "sessions": 65, "mae": 0.02, "naive_mae": 0.02}
    overall |= {"worse_than_naive": changes.pop("worse_than_naive", False)}
    values = {
        "ticker": ticker,
        "exchange": "XNAS",
        "source": "sample",
        "model_type": "naive",
        "params": {},
        "seed": 1,
        "feature_names": [],
        "feature_version": FEATURE_VERSION,
        "horizons": [1],
        "snapshot": snapshot.sha256,
        "train_start": date(2012, 1, 3),
        "train_end": date(2013, 1, 3),
        "metrics": {"overall": {"1": overall}},
        "evidence": {},
        "verdict": "Not better than naive (p = 0.40, 65 sessions)",
        "git_commit": "0" * 40,
    }
    with stack.runtime.meta_sessions.begin() as session:
        model = add_model(session, {**values, **changes})
        deploy_first(session, model, "tests")
        return model


def promote(stack: Market, model: Model, *, force: bool = False) -> Deployment:
    return stack.runtime.deployments.promote(
        model.id, actor="ann", reason="it is better", feature_version=FEATURE_VERSION, force=force
    )


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
    assert len(stack.runtime.deployments.ledger(ticker, 10, 0)[0]) == 1


def test_promotion_moves_the_champion_and_says_who_why_and_on_what(stack: Market) -> None:
    ticker = stack.ticker()
    first, second = add(stack, ticker), add(stack, ticker)
    entry = promote(stack, second)
    assert (entry.model_id, entry.previous_model_id) == (second.id, first.id)
    assert (entry.actor, entry.reason) == ("ann", "it is better")
    assert entry.evidence["dm_p_value"] == 0.4
    assert stack.runtime.deployments.champions()[ticker] == second.id
    champion = stack.runtime.deployments.champion(ticker)
    assert champion is not None
    assert champion.id == second.id


def test_the_ledger_answers_which_model_served_at_any_time(stack: Market) -> None:
    ticker = stack.ticker()
    before = datetime.now(UTC)
    first = add(stack, ticker)
    between = datetime.now(UTC)
    second = add(stack, ticker)
    promote(stack, second)
    served = [
        [entry.model_id for entry in stack.runtime.deployments.at(moment, ticker)]
        for moment in (before, between, datetime.now(UTC))
    ]
    assert served == [[], [first.id], [second.id]]
    newest, more = stack.runtime.deployments.ledger(ticker, 1, 0)
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
        moves = stack.runtime.deployments.ledger(ticker, 10, 0)[0]
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
                Deployment(ticker=ticker, alias=CHAMPION, model_id=third.id, actor="bob", reason="first", evidence={})
            )
        with pytest.raises(ConflictError, match=f"bob moved the champion of {ticker} to model {third.id}"):
            slower.result(10)
    assert stack.runtime.deployments.champions()[ticker] == third.id


def test_rolling_back_twice_goes_back_two(stack: Market) -> None:
    ticker = stack.ticker()
    first, second, third = (add(stack, ticker) for _ in range(3))
    promote(stack, second)
    promote(stack, third)
    deployments = stack.runtime.deployments
    went = [deployments.rollback(ticker, actor="ann", reason="worse live").model_id for _ in range(2)]
    assert went == [second.id, first.id]
    with pytest.raises(ConflictError, match="no earlier champion"):
        deployments.rollback(ticker, actor="ann", reason="further")


def test_a_rollback_passes_over_deleted_models(stack: Market) -> None:
    ticker = stack.ticker()
    first, second, third = (add(stack, ticker) for _ in range(3))
    promote(stack, second)
    promote(stack, third)
    stack.runtime.models.delete(second.id)
    assert stack.runtime.deployments.rollback(ticker, actor="ann", reason="worse").model_id == first.id


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"feature_version": "old"}, ConflictError, "feature version old"),
        ({"worse_than_naive": True}, ConflictError, "should not serve"),
    ],
)
def test_a_model_that_can_not_or_should_not_serve_is_not_promoted(
    stack: Market, changes: dict[str, Any], error: type[BellwetherError], words: str
) -> None:
    ticker = stack.ticker()
    first = add(stack, ticker)
    with pytest.raises(error, match=words):
        promote(stack, add(stack, ticker, **changes))
    assert stack.runtime.deployments.champions()[ticker] == first.id


def test_force_promotes_a_worse_model_and_the_ledger_keeps_that(stack: Market) -> None:
    ticker = stack.ticker()
    add(stack, ticker)
    entry = promote(stack, add(stack, ticker, worse_than_naive=True), force=True)
    assert entry.evidence["forced"] is True


def test_the_champion_is_not_promoted_again(stack: Market) -> None:
    model = add(stack, stack.ticker())
    with pytest.raises(ConflictError, match="already"):
        promote(stack, model)


def test_a_deleted_model_is_gone_but_for_its_row(stack: Market) -> None:
    ticker = stack.ticker()
    champion, other = add(stack, ticker), add(stack, ticker)
    models = stack.runtime.models
    with pytest.raises(ConflictError, match="is the champion"):
        models.delete(champion.id)
    assert models.delete(other.id).deleted_at is not None
    for gone in (models.get, models.delete):
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
