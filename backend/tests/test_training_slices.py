import numpy as np
import pandas as pd
import pytest

from backend.src.data.evaluation_files import OutOfSample
from backend.src.training.long_flat import COST, long_flat
from backend.src.training.slices import slices


def made_up(n: int = 600, seed: int = 0) -> OutOfSample:
    rng = np.random.default_rng(seed)
    sessions = pd.bdate_range("2019-01-02", periods=n, name="session").as_unit("ns")
    sigma = np.exp(rng.normal(-4, 0.5, (n, 2)))
    actual = rng.normal(size=(n, 2)) * sigma
    forecast = actual * 0.1 + rng.normal(0, 0.005, (n, 2))
    return OutOfSample(sessions, np.ones(n, np.int64), forecast, sigma, actual)


@pytest.mark.parametrize("horizon", [1, 2])
def test_every_row_is_in_one_part_of_each_kind_and_its_errors_are_those_of_a_plain_group_by(horizon: int) -> None:
    rows = made_up()
    miss = np.abs(rows.actual - rows.forecast)[:, horizon - 1]
    change = np.abs(rows.actual[:, horizon - 1])
    frame = pd.DataFrame({"miss": miss, "change": change}, index=rows.sessions)
    found = slices(rows, horizon)
    for kind, key in (("weekday", rows.sessions.day_name()), ("year", rows.sessions.year.astype(str))):
        assert sum(part["sessions"] for part in found[kind]) == len(rows)
        expected = frame.groupby(key).agg(["mean", "size"])
        for part in found[kind]:
            row = expected.loc[part["name"]]
            assert part["sessions"] == row["miss", "size"]
            assert part["mae"] == pytest.approx(row["miss", "mean"], rel=1e-12)
            assert part["skill"] == pytest.approx(1 - row["miss", "mean"] / row["change", "mean"], rel=1e-9)


def test_volatility_parts_are_thirds_from_calm_to_wild() -> None:
    parts = slices(made_up(), 1)["volatility"]
    assert [part["name"] for part in parts] == ["calm", "normal", "wild"]
    assert [part["sessions"] for part in parts] == [200, 200, 200]
    assert parts[0]["naive_mae"] < parts[1]["naive_mae"] < parts[2]["naive_mae"]


def test_one_volatility_throughout_is_one_part() -> None:
    rows = made_up()
    flat = OutOfSample(rows.sessions, rows.fold, rows.forecast, np.ones_like(rows.sigma), rows.actual)
    assert [part["sessions"] for part in slices(flat, 1)["volatility"]] == [600]


def test_the_toys_value_is_that_of_a_loop_over_the_sessions() -> None:
    rows = made_up()
    value, hold, position, switches = 1.0, 1 - COST, False, 0
    for forecast, actual in zip(rows.forecast[:, 0], rows.actual[:, 0], strict=True):
        if (forecast > 0) != position:
            position, switches, value = not position, switches + 1, value * (1 - COST)
        value *= np.exp(actual) if position else 1.0
        hold *= np.exp(actual)
    found = long_flat(rows)
    assert found["switches"] == switches
    assert found["final_value"] == pytest.approx(value, rel=1e-9)
    assert found["buy_and_hold_final_value"] == pytest.approx(hold, rel=1e-9)
    assert len(found["curve"]) == 200
    assert found["curve"][-1]["value"] == found["final_value"]
    assert "No advice" in found["label"]


def test_a_forecast_of_no_change_buys_nothing() -> None:
    rows = made_up()
    still = OutOfSample(rows.sessions, rows.fold, np.zeros_like(rows.forecast), rows.sigma, rows.actual)
    found = long_flat(still)
    assert (found["final_value"], found["switches"], found["share_invested"]) == (1, 0, 0)
