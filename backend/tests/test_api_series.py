"""Bars as the chart takes them."""

from datetime import date

import pandas as pd
import pytest

from backend.api.series import adjust, within
from backend.src.ingestion.sources.sample import SampleSource


@pytest.fixture(scope="module")
def bars() -> pd.DataFrame:
    frame = SampleSource().fetch("AAPL").frame
    return frame.assign(session=pd.to_datetime(frame["session"]))


def test_adjusted_closes_keep_the_returns_and_end_at_the_traded_close(bars: pd.DataFrame) -> None:
    adjusted = adjust(bars)
    assert adjusted["close"].iloc[-1] == bars["close"].iloc[-1]
    returns = bars["adj_close"].pct_change().dropna()
    assert adjusted["close"].pct_change().dropna().to_numpy() == pytest.approx(returns.to_numpy(), abs=1e-12)


def test_a_split_is_no_jump_once_adjusted(bars: pd.DataFrame) -> None:
    split = date(2005, 2, 28)  # AAPL 2:1
    around = within(adjust(bars), date(2005, 2, 25), split)
    raw = within(bars, date(2005, 2, 25), split)
    assert raw["close"].iloc[-1] / raw["close"].iloc[0] < 0.6
    assert around["close"].iloc[-1] / around["close"].iloc[0] == pytest.approx(1.0, abs=0.05)


def test_open_ends_of_a_range_are_open(bars: pd.DataFrame) -> None:
    assert len(within(bars, None, None)) == len(bars)
    assert within(bars, date(2013, 2, 28), None)["session"].dt.date.tolist() == [date(2013, 2, 28), date(2013, 3, 1)]
