"""What a fold may learn from other tickers."""

import numpy as np
import pandas as pd
import pytest

from backend.src.training.models.base import Peers
from backend.src.training.panel import Panel, last_known
from backend.src.training.recipe import Recipe
from backend.src.training.request import TrainRequest
from backend.src.training.splits import walk_forward
from backend.src.training.walk_forward import TrainingRows
from backend.tests.sample_bars import sample_bars

OTHERS = {"IBM": "a" * 64, "GOOG": "b" * 64, "FB": "c" * 64}
BARS = {
    "a" * 64: sample_bars("IBM").iloc[::2].reset_index(drop=True),  # its rows have other numbers than those of AAPL
    "b" * 64: sample_bars("GOOG"),
    "c" * 64: sample_bars("FB"),
}
REQUEST = TrainRequest(ticker="AAPL", model_type="lightgbm_panel", params={"n_estimators": 5})


@pytest.fixture(scope="module")
def rows() -> TrainingRows:
    return TrainingRows(sample_bars("AAPL").iloc[1000:2600].reset_index(drop=True))


def panel(spoil_from: pd.Timestamp | None = None) -> Panel:
    """A panel; every price of the others from a session on can be another."""

    def load(sha256: str) -> pd.DataFrame:
        bars = BARS[sha256].copy()
        if spoil_from is not None:
            later = bars["session"] >= spoil_from
            for name in ("open", "high", "low", "close", "adj_close"):
                bars.loc[later, name] *= np.exp(np.linspace(0, 3, later.sum()))
        return bars

    return Panel("AAPL", OTHERS, load)


def known(made: Panel, session: pd.Timestamp) -> Peers:
    peers = made.known(session)
    assert peers is not None
    return peers


def test_only_rows_whose_labels_end_before_a_test_begins_are_learned_from(rows: TrainingRows) -> None:
    """Counted from the bars themselves: the label of a row ends 20 bars after it."""
    for fold in walk_forward(len(rows), 4):
        first_tested = rows.sessions[fold.test_start]
        peers = known(panel(), last_known(rows, slice(0, fold.train_stop)))
        for code, sha256 in ((1, "c" * 64), (2, "b" * 64), (3, "a" * 64)):
            sessions = BARS[sha256]["session"]
            ended = int((sessions.iloc[41 + 20 :] < first_tested).sum())
            assert (peers.codes == code).sum() == ended
        assert peers.own_code == 0


def test_no_price_from_a_test_on_changes_what_its_fold_learns_from(rows: TrainingRows) -> None:
    for fold in walk_forward(len(rows), 4):
        learn = slice(0, fold.train_stop)
        spoiled = panel(spoil_from=rows.sessions[fold.test_start])
        models = [Recipe(REQUEST, made)(rows, learn).fit(rows.x[learn], rows.y[learn]) for made in (panel(), spoiled)]
        assert models[0].to_onnx() == models[1].to_onnx()


def test_a_price_before_the_test_does_change_it(rows: TrainingRows) -> None:
    fold = walk_forward(len(rows), 4)[1]
    learn = slice(0, fold.train_stop)
    spoiled = panel(spoil_from=rows.sessions[fold.test_start] - pd.Timedelta(days=200))
    models = [Recipe(REQUEST, made)(rows, learn).fit(rows.x[learn], rows.y[learn]) for made in (panel(), spoiled)]
    assert models[0].to_onnx() != models[1].to_onnx()


def test_the_final_fit_knows_no_more_of_the_others_than_of_its_own_ticker(rows: TrainingRows) -> None:
    last_bar = sample_bars("AAPL")["session"].iloc[2599]
    assert last_known(rows, slice(0, len(rows))) == last_bar
    goog = known(panel(), last_bar)
    sessions = BARS["b" * 64]["session"]
    assert (goog.codes == 2).sum() == (sessions.iloc[41 + 20 :] <= last_bar).sum()


def test_a_panel_without_others_leaves_a_ticker_to_itself(rows: TrainingRows) -> None:
    alone = Panel("AAPL", {}, lambda _: BARS["b" * 64])
    assert len(alone) == 0
    assert alone.known(rows.sessions[-1]) is None
    assert alone.as_json() == {"snapshots": {}, "rows": 0}


def test_what_is_too_young_to_have_a_row_has_nothing_to_teach() -> None:
    young = Panel("AAPL", {"FB": "c" * 64}, lambda sha256: BARS[sha256].iloc[:50])
    assert len(young) == 0


def test_a_panel_names_the_snapshots_it_can_be_made_of_again() -> None:
    made = panel()
    assert made.as_json() == {"snapshots": dict(sorted(OTHERS.items())), "rows": len(made)}
    again = Panel("AAPL", made.as_json()["snapshots"], lambda sha256: BARS[sha256])
    session = BARS["b" * 64]["session"].iloc[-1]
    np.testing.assert_array_equal(known(again, session).y, known(made, session).y)
