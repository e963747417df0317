"""What speaks for a challenger and what against it, on rows made to order."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from backend.errors import DataQualityError
from backend.src.data.evaluation_files import OutOfSample
from backend.src.data.live_store import LiveOutcome
from backend.src.features.served import as_served
from backend.src.registry.gate import Finding
from backend.src.training.comparison import Comparison, Contender, compare, contender
from backend.src.training.latency import call_latency_us
from backend.src.training.models.naive import NaiveModel
from backend.src.training.pairs import NO_PAIRS, live_pairs

SESSIONS = 1200
MAY_SERVE = Finding(1, "model", "it may", ())


def rows(knows: float, sessions: slice = slice(None)) -> OutOfSample:
    """A walk-forward that forecast the share `knows` of every return."""
    rng = np.random.default_rng(3)
    total = np.concatenate([[0.0], np.cumsum(rng.normal(0, 0.01, SESSIONS + 20))])
    actual = np.stack([total[h : h + SESSIONS] - total[:SESSIONS] for h in range(1, 21)], axis=1)
    sigma = np.array(np.broadcast_to(0.01 * np.sqrt(np.arange(1, 21)) * (1 - knows), actual.shape))
    days = pd.bdate_range("2010-01-04", periods=SESSIONS, name="session")
    return OutOfSample(days, np.ones(SESSIONS, np.int64), knows * actual, sigma, actual).take(sessions)


def made(knows: float, sessions: slice = slice(None), latency_us: float = 5.0) -> Contender:
    found = rows(knows, sessions)
    return contender(1 if knows == 0 else 2, found, found.forecast, latency_us)


def failed(found: Comparison) -> list[str]:
    return [check["name"] for check in found.evidence["checks"] if not check["passed"]]


def test_a_better_challenger_passes_on_the_sessions_of_both() -> None:
    found = compare(made(0.0, slice(0, 1000)), made(0.5, slice(200, None)), MAY_SERVE, 1)
    assert found.passed
    assert found.evidence["sessions"] == 800
    assert found.evidence["skill"] == pytest.approx(0.5)
    assert found.evidence["dm_p_value"] < 1e-6


def test_outcomes_that_are_not_known_yet_are_no_rows() -> None:
    later = rows(0.5)
    later.actual[-30:, 0] = np.nan
    found = compare(made(0.0), contender(2, later, later.forecast, 5.0), MAY_SERVE, 1)
    assert found.evidence["sessions"] == SESSIONS - 30


@pytest.mark.parametrize(
    ("challenger", "finding", "names"),
    [
        (made(0.5), replace(MAY_SERVE, serves="naive"), ["may serve"]),
        (made(0.0), MAY_SERVE, ["better than the champion"]),
        (made(0.5, latency_us=1500.0), MAY_SERVE, ["latency not worse"]),
        (made(0.5, slice(SESSIONS - 50, None)), MAY_SERVE, ["better than the champion", "coverage not worse"]),
    ],
)
def test_each_shortcoming_alone_keeps_the_champion(challenger: Contender, finding: Finding, names: list[str]) -> None:
    found = compare(made(0.0), challenger, finding, 1)
    assert not found.passed
    assert failed(found) == names


def test_bands_that_break_their_promise_keep_the_champion() -> None:
    challenger = made(0.5)
    inside = challenger.tracked.inside.copy()
    lost = np.arange(SESSIONS) % 10 == 0
    inside[lost] = False
    found = compare(made(0.0), replace(challenger, tracked=replace(challenger.tracked, inside=inside)), MAY_SERVE, 1)
    assert failed(found) == ["coverage not worse"]
    assert "the champion's" in found.reason


def after(model_id: int, forecast: float, count: int, shadow: bool) -> list[LiveOutcome]:
    """Live forecasts after the walk-forward, of a market that rose by one percent each session."""
    days = pd.bdate_range("2020-01-01", periods=count + 1)
    now = datetime(2026, 11, 21, tzinfo=UTC)
    return [
        LiveOutcome(model_id, shadow, 1, "sample", target.date(), day.date(), now, forecast, 0.01, True)
        for day, target in pairwise(days)
    ]


def test_live_sessions_follow_on_the_walk_forward_and_add_to_its_evidence() -> None:
    live = live_pairs([*after(1, -0.01, 40, False), *after(2, 0.01, 40, True)], 1, 2, 1)
    champion, challenger = made(0.0), made(0.1)
    before, found = (compare(champion, challenger, MAY_SERVE, 1, pairs).evidence for pairs in (NO_PAIRS, live))
    assert (before["live"]["sessions"], found["live"]["sessions"]) == (0, 40)
    assert found["sessions"] == SESSIONS + 40
    assert found["e_value"] > 10 * before["e_value"]
    assert found["live"]["skill"] == 1.0
    assert found["coverage"]["sessions"] == before["coverage"]["sessions"] + 40


def test_live_sessions_that_the_walk_forward_covers_are_not_counted_twice() -> None:
    live = live_pairs([*after(1, -0.01, 40, False), *after(2, 0.01, 40, True)], 1, 2, 1)
    again = live.then(live).after(live)
    assert len(again) == 0
    early = replace(live, sessions=rows(0.0).sessions[:40])
    assert compare(made(0.0), made(0.1), MAY_SERVE, 1, early).evidence["sessions"] == SESSIONS


def test_a_slow_challenger_may_be_half_as_slow_again_as_a_slow_champion() -> None:
    champion = made(0.0, latency_us=4000.0)
    assert compare(champion, made(0.5, latency_us=5999.0), MAY_SERVE, 1).passed
    assert not compare(champion, made(0.5, latency_us=6001.0), MAY_SERVE, 1).passed


def test_a_later_kind_of_challenger_needs_more_evidence() -> None:
    needed = [compare(made(0.0), made(0.5), MAY_SERVE, rank).evidence["e_needed"] for rank in (1, 2, 3)]
    assert needed == pytest.approx([needed[0], 4 * needed[0], 9 * needed[0]])


def test_what_is_served_is_zero_where_naive_serves() -> None:
    forecast = np.ones((2, 20))
    served = as_served(forecast, {1: "model", 5: "naive", 20: "model"})
    assert served[0].tolist() == [1.0] + [0.0] * 4 + [1.0] * 15
    assert forecast.all()


def test_a_file_that_is_no_graph_has_no_latency() -> None:
    with pytest.raises(DataQualityError, match="no ONNX graph"):
        call_latency_us(b"no graph")


def test_a_call_takes_microseconds() -> None:
    graph = NaiveModel(NaiveModel.Params(), 1).fit(np.zeros((1, 7), np.float32), np.zeros((1, 20))).to_onnx()
    assert 0.1 < call_latency_us(graph) < 1000
