"""Who may serve a forecast of their own."""

from typing import Any

import pytest

from backend.src.registry.gate import point_gate
from bellwether_contracts.market import graded_horizon


def evidence(**changes: Any) -> dict[str, Any]:
    """A clean record at every horizon, but for what is changed at one session."""
    covered = {"coverage": 0.801, "rows": 1012}
    first = {**covered, "coverage": changes.get("coverage", 0.801)}
    return {
        "bands": {"coverage": {"80": [first, *[covered] * 19]}},
        "leaks": {"passed": changes.get("clean", True), "checks": []},
    }


def metrics(theil_u: float | None = 0.998, dm_p_worse: float | None = 0.7) -> dict[str, Any]:
    return {"overall": {str(h): {"theil_u": theil_u, "dm_p_worse": dm_p_worse} for h in range(1, 21)}}


def test_a_model_that_is_not_worse_and_keeps_its_promises_serves() -> None:
    found = point_gate(metrics(), evidence(), 1)
    assert found.serves == "model"
    assert [check.passed for check in found.checks] == [True, True, True]
    assert "80.1 % of 1,012 sessions" in found.reason


@pytest.mark.parametrize(
    ("record", "shown", "words"),
    [
        (metrics(theil_u=1.0001), evidence(), "Theil's U is 1.0001"),
        (metrics(dm_p_worse=0.049), evidence(), "p = 0.049"),
        (metrics(theil_u=1.0, dm_p_worse=None), evidence(), "not told apart from naive"),
        ({"overall": {}}, evidence(), "not measured"),
        (metrics(), evidence(coverage=0.759), "covered 75.9 %"),
        (metrics(), evidence(coverage=0.841), "76 to 84 % are asked"),
        (metrics(), {**evidence(), "bands": {"coverage": {"80": [None] * 20}}}, "was not measured"),
        (metrics(), evidence(clean=False), "leak report failed"),
        (metrics(), {"bands": evidence()["bands"]}, "not searched for leaks"),
    ],
)
def test_naive_serves_for_a_model_that_falls_short_or_does_not_show(
    record: dict[str, Any], shown: dict[str, Any], words: str
) -> None:
    found = point_gate(record, shown, 1)
    assert found.serves == "naive"
    assert found.reason.startswith("No better than no change: ")
    assert words in found.reason
    assert sum(not check.passed for check in found.checks) == 1


def test_each_horizon_stands_for_itself() -> None:
    record = metrics()
    record["overall"]["5"]["theil_u"] = 1.01
    assert [point_gate(record, evidence(), h).serves for h in (1, 5, 20)] == ["model", "naive", "model"]


def test_the_limits_themselves_still_pass() -> None:
    for coverage in (0.76, 0.84):
        assert point_gate(metrics(theil_u=1.0, dm_p_worse=0.05), evidence(coverage=coverage), 1).serves == "model"


def test_a_session_is_served_by_the_next_graded_horizon_above() -> None:
    assert [graded_horizon(h) for h in range(1, 21)] == [1] + [5] * 4 + [20] * 15
