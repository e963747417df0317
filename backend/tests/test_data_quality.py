"""Bad bars are refused with their reason, good ones are not, and too many bad ones stop the run."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import DataQualityError
from backend.src.data import calendars
from backend.src.data.bar_frame import checksum
from backend.src.data.quarantine_store import RefusedBar
from backend.src.ingestion import quality

LAST = date(2024, 12, 31)


def bars(rows: int = 120) -> pd.DataFrame:
    """A quiet series of XNYS from 2024-01-02."""
    days = calendars.sessions_between("XNYS", date(2024, 1, 2), LAST)[:rows]
    close = 50 + np.sin(np.arange(rows))
    frame = pd.DataFrame({"session": pd.to_datetime(days), "open": close, "close": close, "adj_close": close})
    return frame.assign(high=close + 1, low=close - 1, volume=1000, dividend=0.0, split_ratio=1.0).astype(object)


def cell(frame: pd.DataFrame, row: int, column: str) -> Any:
    """One value of a frame, by its position."""
    return frame[column].tolist()[row]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("close", float("nan"), "close is missing or not a number"),
        ("open", "n/a", "open is missing or not a number"),
        ("open", float("inf"), "open must be positive"),
        ("adj_close", 0.0, "adj_close must be positive"),
        ("low", -1.0, "low must be positive"),
        ("high", 50.0, "high is below open, low or close"),
        ("low", 60.0, "low is above open, high or close"),
        ("volume", -1, "volume must not be negative"),
        ("volume", 1.5, "volume must be a whole number"),
        ("dividend", -0.1, "dividend must not be negative"),
        ("split_ratio", 0.0, "split_ratio must be positive"),
        ("session", pd.Timestamp("2024-01-06"), "not a session of XNYS"),
        ("session", pd.Timestamp("2024-12-25"), "not a session of XNYS"),
        ("session", pd.Timestamp("2025-01-02"), "session has not closed yet"),
        ("session", None, "session is missing or not a date"),
        ("session", "yesterday", "session is missing or not a date"),
        ("session", "01/03/2024", "session is missing or not a date"),
        ("session", 10, "session is missing or not a date"),
    ],
)
def test_a_bar_that_breaks_a_rule_is_refused_with_the_reason(column: str, value: Any, reason: str) -> None:
    frame = bars()
    at = 1
    frame.at[at, column] = value
    checked = quality.check_rows(frame, "XNYS", LAST)
    assert len(checked.bars) == len(frame) - 1
    (refused,) = checked.refused
    assert reason in refused.reason
    assert set(refused.row) == set(frame.columns)


def test_the_refused_row_is_kept_as_it_came() -> None:
    frame = bars()
    frame.at[3, "open"] = "n/a"
    (refused,) = quality.check_rows(frame, "XNYS", LAST).refused
    assert refused.row["open"] == "n/a"
    assert refused.row["volume"] == 1000
    assert refused.session == cell(frame, 3, "session").date()


@pytest.mark.parametrize(
    "value",
    ["2024-07-01", "2024-07-01 00:00:00+08:00", "20240701", 20240701, date(2024, 7, 1), pd.Timestamp("2024-07-01")],
)
def test_a_session_is_read_as_the_date_that_is_written(value: Any) -> None:
    frame = bars()
    frame.at[119, "session"] = value
    checked = quality.check_rows(frame, "XNYS", LAST)
    assert checked.refused == ()
    assert checked.bars["session"].iloc[-1] == pd.Timestamp("2024-07-01")


def test_rounding_of_a_hundredth_of_a_percent_is_tolerated_and_more_is_not() -> None:
    frame = bars()
    close = float(cell(frame, 4, "close"))
    frame.at[4, "high"] = close * (1 - 0.5e-4)
    frame.at[5, "high"] = float(cell(frame, 5, "close")) * (1 - 5e-4)
    checked = quality.check_rows(frame, "XNYS", LAST)
    assert [bar.session for bar in checked.refused] == [cell(frame, 5, "session").date()]


def test_an_identical_repeat_is_dropped_and_a_contradiction_refused_on_both_sides() -> None:
    frame = bars()
    other = frame.iloc[[30]].assign(volume=7)
    checked = quality.check_rows(pd.concat([frame, frame.iloc[[10]], other]), "XNYS", LAST)
    assert checked.repeats == 1
    assert len(checked.bars) == len(frame) - 1
    assert [bar.reason for bar in checked.refused] == ["two different bars for one session"] * 2


def test_a_missing_column_stops_the_run_and_is_named() -> None:
    with pytest.raises(DataQualityError, match="volume"):
        quality.check_rows(bars().drop(columns="volume"), "XNYS", LAST)


def test_the_order_of_the_rows_does_not_matter() -> None:
    frame = bars()
    shuffled = quality.check_rows(frame.sample(frac=1, random_state=3), "XNYS", LAST).bars
    assert checksum(shuffled) == checksum(quality.check_rows(frame, "XNYS", LAST).bars)
    assert shuffled["session"].is_monotonic_increasing


def _checked(change: Callable[[pd.DataFrame], None]) -> quality.SeriesFindings:
    frame = bars()
    change(frame)
    return quality.check_series(quality.check_rows(frame, "XNYS", LAST).bars, "XNYS")


def _scale(frame: pd.DataFrame, rows: slice, factor: float) -> None:
    for name in ("open", "high", "low", "close", "adj_close"):
        frame.loc[rows, name] = frame.loc[rows, name] * factor


@pytest.mark.parametrize("factor", [10.0, 0.1, 100.0, 2.0])
def test_a_decimal_slip_of_one_bar_is_a_bad_print(factor: float) -> None:
    found = _checked(lambda frame: _scale(frame, slice(60, 60), factor))
    assert found.bad_prints == (cell(bars(), 60, "session").date(),)
    assert found.jumps == ()


def test_a_crash_that_stays_is_kept_and_told() -> None:
    found = _checked(lambda frame: _scale(frame, slice(60, None), 0.45))
    assert found.bad_prints == ()
    assert len(found.jumps) == 1
    assert "stayed there" in found.jumps[0]


def test_a_step_by_a_whole_ratio_is_told_as_a_split_that_nobody_recorded() -> None:
    flat = bars()
    for name in ("open", "close", "adj_close"):
        flat[name] = 50.0
    flat.loc[60:, ["open", "close", "adj_close", "high", "low"]] *= 0.25
    found = quality.check_series(quality.check_rows(flat, "XNYS", LAST).bars, "XNYS")
    assert "4:1 split" in found.jumps[0]


def test_a_split_in_the_raw_close_is_no_jump() -> None:
    def split(frame: pd.DataFrame) -> None:
        adjusted = frame["adj_close"].copy()
        _scale(frame, slice(None, 59), 4.0)
        frame["adj_close"] = adjusted
        frame.at[60, "split_ratio"] = 4.0

    found = _checked(split)
    assert (found.bad_prints, found.jumps) == ((), ())


def test_gaps_are_reported_not_refused() -> None:
    frame = bars().drop(index=[10, 11, 50])
    checked = quality.check_rows(frame, "XNYS", LAST)
    assert checked.refused == ()
    gaps = quality.check_series(checked.bars, "XNYS").gaps
    assert gaps == tuple(cell(bars(), at, "session").date() for at in (10, 11, 50))


@pytest.mark.parametrize(
    ("bad", "good", "stops"), [(1, 3, False), (5, 95, False), (6, 94, True), (2, 3, True), (0, 0, True)]
)
def test_more_than_a_twentieth_of_bad_bars_stops_the_run(bad: int, good: int, stops: bool) -> None:
    refused = [RefusedBar(None, "high is below open, low or close", {})] * bad
    if stops:
        with pytest.raises(DataQualityError, match="nothing was stored"):
            quality.require_mostly_good(refused, good)
    else:
        quality.require_mostly_good(refused, good)


_cell = st.one_of(st.none(), st.floats(), st.integers(-(2**70), 2**70), st.text(max_size=8), st.booleans())


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[_cell] * 9), min_size=1, max_size=5))
def test_whatever_comes_every_row_is_kept_refused_or_a_repeat(rows: list[tuple[object, ...]]) -> None:
    frame = pd.DataFrame(rows, columns=list(bars().columns), dtype=object)
    checked = quality.check_rows(frame, "XNYS", LAST)
    assert len(checked.bars) + len(checked.refused) + checked.repeats == len(rows)
    assert np.isfinite(checked.bars[["open", "high", "low", "close", "adj_close"]].to_numpy()).all()
