"""Panels in the stack's own stores: which series they are made of, and what a training records of them."""

import pytest

from backend.src.training.reproduction import Reproducer
from backend.src.training.request import TrainRequest
from backend.tests.ml_seed import SOURCE, Market, Recorder, allow
from backend.tests.sample_bars import sample_bars

pytestmark = pytest.mark.stack


def test_a_panel_holds_the_newest_series_of_others_from_the_same_source_longest_first(stack: Market) -> None:
    own, long, short, elsewhere = (stack.ticker() for _ in range(4))
    bars = sample_bars("IBM")
    snapshots = stack.runtime.snapshots
    mine = snapshots.put(bars, own, "XNAS", SOURCE)
    snapshots.put(bars, short, "XNAS", SOURCE)
    newest = snapshots.put(bars.iloc[:500], short, "XNAS", SOURCE)
    longest = snapshots.put(bars.iloc[:900], long, "XNAS", SOURCE)
    snapshots.put(bars, elsewhere, "XNAS", "files")
    made_here = {own, long, short, elsewhere}
    found = [peer for peer in snapshots.peers(mine, 10_000) if peer.ticker in made_here]
    assert [(peer.ticker, peer.sha256) for peer in found] == [(long, longest.sha256), (short, newest.sha256)]
    assert len(snapshots.peers(mine, 1)) == 1
    assert snapshots.peers(mine, 0) == []


def test_a_trained_panel_names_its_members_and_can_be_learned_again(stack: Market) -> None:
    own, other = stack.ticker(), stack.ticker()
    stack.hold(own)
    held = stack.hold(other, sample_bars("AAPL"))
    request = TrainRequest(ticker=own, model_type="lightgbm_panel", params={"n_estimators": 3}, tune=2, n_folds=2)
    trained = stack.trainer().train(request, job_id=stack.job(), actor="tests", reporter=Recorder(), guard=allow)
    model = stack.runtime.models.get(trained.model_id)
    assert model.evidence["panel"]["snapshots"][other] == held.sha256
    assert model.params == {**request.params, **model.evidence["tuning"]["final"]["chosen"]}
    runtime = stack.runtime
    reproducer = Reproducer(runtime.meta_sessions, runtime.snapshots, runtime.evaluations, "0" * 40)
    stack.hold(stack.ticker(), sample_bars("IBM"))  # who came later is no member
    found = reproducer.reproduce(trained.model_id, Recorder())
    assert found["reproduced"]
    assert found["same_artifact"]
