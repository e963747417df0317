"""The sample market against facts that are on record elsewhere."""

from datetime import date

import numpy as np
import pytest

from backend.src.ingestion import quality
from backend.src.ingestion.errors import UnknownTickerError
from backend.src.ingestion.sources.sample import TICKERS, SampleSource


@pytest.mark.parametrize(
    ("ticker", "day", "column", "value"),
    [
        ("AAPL", date(2000, 6, 21), "split_ratio", 2.0),
        ("AAPL", date(2005, 2, 28), "split_ratio", 2.0),
        ("AAPL", date(2012, 8, 9), "dividend", 2.65),
        ("MSFT", date(2003, 2, 18), "split_ratio", 2.0),
        ("MSFT", date(2004, 11, 15), "dividend", 3.08),
        ("IBM", date(2012, 11, 7), "dividend", 0.85),
    ],
)
def test_known_splits_and_dividends_are_derived_to_the_cent(ticker: str, day: date, column: str, value: float) -> None:
    bars = SampleSource().fetch(ticker).frame
    row = bars[bars["session"].dt.date == day].iloc[0]
    assert row[column] == value


def test_no_other_action_is_invented() -> None:
    actions = {t: SampleSource().fetch(t).frame for t in TICKERS}
    splits = {t: int((bars["split_ratio"] != 1).sum()) for t, bars in actions.items()}
    dividends = {t: int((bars["dividend"] != 0).sum()) for t, bars in actions.items()}
    assert splits == {"AAPL": 2, "FB": 0, "GOOG": 0, "IBM": 0, "MSFT": 1}
    assert dividends == {"AAPL": 3, "FB": 0, "GOOG": 0, "IBM": 52, "MSFT": 37}


@pytest.mark.parametrize("ticker", TICKERS)
def test_no_bar_of_the_sample_is_refused_and_no_session_is_missing(ticker: str) -> None:
    fetched = SampleSource().fetch(ticker)
    rows = quality.check_rows(fetched.frame, fetched.facts.exchange, date(2013, 3, 1))
    findings = quality.check_series(rows.bars, fetched.facts.exchange)
    assert (rows.refused, findings.bad_prints, findings.gaps) == ((), (), ())


def test_the_real_crash_is_kept_and_told() -> None:
    rows = quality.check_rows(SampleSource().fetch("AAPL").frame, "XNAS", date(2013, 3, 1))
    jumps = quality.check_series(rows.bars, "XNAS").jumps
    assert jumps == ("2000-09-29: the adjusted close moved -51.9% and stayed there",)


def test_a_split_is_no_crash_in_the_adjusted_close() -> None:
    bars = SampleSource().fetch("AAPL").frame
    at = int(np.flatnonzero(bars["session"].dt.date == date(2005, 2, 28))[0])
    assert bars["close"][at] / bars["close"][at - 1] < 0.6
    assert abs(bars["adj_close"][at] / bars["adj_close"][at - 1] - 1) < 0.02


def test_an_end_date_is_included() -> None:
    bars = SampleSource().fetch("IBM", date(2013, 2, 4), date(2013, 2, 8)).frame
    assert bars["session"].dt.day.tolist() == [4, 5, 6, 7, 8]


def test_an_unknown_ticker_is_told_what_there_is() -> None:
    with pytest.raises(UnknownTickerError, match="AAPL, FB, GOOG, IBM, MSFT"):
        SampleSource().fetch("TSM")
