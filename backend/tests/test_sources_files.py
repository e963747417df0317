"""A folder of CSV and Parquet files as people export them."""

from datetime import date
from pathlib import Path

import pytest

from backend.errors import InvalidRequestError
from backend.src.ingestion.errors import (
    EmptyAnswerError,
    GarbageAnswerError,
    SourceUnreachableError,
    UnknownTickerError,
)
from backend.src.ingestion.sources.files import FilesSource
from backend.src.ingestion.sources.sample import SampleSource

YAHOO_EXPORT = """Date,Open,High,Low,Close,Adj Close,Volume
2024-01-02,10,11,9,10.5,10.4,1000
2024-01-03,10.5,12,10,11,10.9,1100
"""


def test_columns_are_known_by_their_usual_names(tmp_path: Path) -> None:
    (tmp_path / "ACME.csv").write_text(YAHOO_EXPORT)
    (tmp_path / "2330.TW.csv").write_text("date;x\n".replace(";x", ",o,h,l,last,vol") + "2024-07-01,1,2,1,2,5\n")
    acme, tsmc = FilesSource(tmp_path).fetch("ACME"), FilesSource(tmp_path).fetch("2330.TW")
    assert acme.frame["adj_close"].tolist() == [10.4, 10.9]
    assert acme.frame["split_ratio"].tolist() == [1.0, 1.0]
    assert tsmc.frame["close"].tolist() == [2]
    assert (tsmc.facts.exchange, tsmc.facts.currency) == ("XTAI", "TWD")


def test_parquet_is_read_too(tmp_path: Path) -> None:
    SampleSource().fetch("FB").frame.to_parquet(tmp_path / "FB.parquet", index=False)
    assert len(FilesSource(tmp_path).fetch("FB").frame) == 196


def test_a_missing_adjusted_close_is_computed_from_splits_and_dividends(tmp_path: Path) -> None:
    (tmp_path / "ACME.csv").write_text(
        "date,open,high,low,close,volume,dividends,stock splits\n"
        "2024-01-02,100,100,100,100,1,0,0\n"
        "2024-01-03,100,100,100,100,1,0,0\n"
        "2024-01-04,50,50,50,50,1,0,2\n"  # two for one
        "2024-01-05,49,49,49,49,1,1,0\n"  # ex-dividend of 1 on a close of 50
    )
    frame = FilesSource(tmp_path).fetch("ACME").frame
    assert frame["adj_close"].tolist() == pytest.approx([49.0, 49.0, 49.0, 49.0])


def test_the_adjustment_agrees_with_the_returns_of_the_sample(tmp_path: Path) -> None:
    sample = SampleSource().fetch("AAPL").frame
    sample.drop(columns="adj_close").to_csv(tmp_path / "AAPL.csv", index=False)
    ours = FilesSource(tmp_path).fetch("AAPL").frame["adj_close"]
    returns, theirs = ours.pct_change(), sample["adj_close"].pct_change()
    # Their source divides a dividend by the close of the ex-day instead of the day before.
    assert (returns - theirs).abs().max() < 2e-4


@pytest.mark.parametrize(
    "ticker", ["../../etc/passwd", "/etc/passwd", "..", ".hidden", "A/B", "A\\B", "a" * 10_000, "A\x00"]
)
def test_nothing_outside_the_folder_can_be_named(tmp_path: Path, ticker: str) -> None:
    with pytest.raises(InvalidRequestError, match="not a ticker"):
        FilesSource(tmp_path).fetch(ticker)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder, outside = tmp_path / "files", tmp_path / "secret.csv"
    folder.mkdir()
    outside.write_text(YAHOO_EXPORT)
    (folder / "ACME.csv").symlink_to(outside)
    with pytest.raises(UnknownTickerError):
        FilesSource(folder).fetch("ACME")


def test_an_unknown_ticker_is_told_which_files_there_are(tmp_path: Path) -> None:
    (tmp_path / "ACME.csv").write_text(YAHOO_EXPORT)
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(UnknownTickerError, match="Files there: ACME"):
        FilesSource(tmp_path).fetch("OTHER")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("Date,Open,High,Low,Volume\n2024-01-02,1,1,1,1\n", "lacks the columns close"),
        ("Date,Date,Open,High,Low,Close,Vol,Volume\n2024-01-02,1,1,1,1,1,1,1\n", "more than one column"),
        ("", "can't be read"),
    ],
)
def test_a_file_that_is_no_series_of_bars_says_why(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "ACME.csv").write_text(content)
    with pytest.raises(GarbageAnswerError, match=says):
        FilesSource(tmp_path).fetch("ACME")


def test_a_parquet_file_that_is_none_says_so(tmp_path: Path) -> None:
    (tmp_path / "ACME.parquet").write_bytes(b"PAR1 but not really")
    with pytest.raises(GarbageAnswerError, match=r"ACME\.parquet"):
        FilesSource(tmp_path).fetch("ACME")


def test_a_missing_folder_and_an_empty_range_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachableError, match="FILES_DIR"):
        FilesSource(tmp_path / "nowhere").fetch("ACME")
    (tmp_path / "ACME.csv").write_text(YAHOO_EXPORT)
    with pytest.raises(EmptyAnswerError):
        FilesSource(tmp_path).fetch("ACME", start=date(2025, 1, 1))
