"""Which source answers for a ticker: a simulated series and a real one never take each other's place."""

import pytest

from backend.errors import InvalidRequestError
from backend.src.ingestion.sources.catalogue import name_of_source


@pytest.mark.parametrize(
    ("ticker", "asked", "name"),
    [
        ("AAPL", None, "yahoo"),
        ("AAPL", "sample", "sample"),
        ("AAPL.SIM", None, "simulation"),
        ("2330.TW.SIM", "simulation", "simulation"),
    ],
)
def test_the_ticker_says_whether_a_series_is_simulated(ticker: str, asked: str | None, name: str) -> None:
    assert name_of_source(ticker, asked, "yahoo") == name


@pytest.mark.parametrize(("ticker", "asked"), [("AAPL", "simulation"), ("AAPL.SIM", "yahoo"), ("AAPL.SIM", "files")])
def test_the_other_kind_is_refused(ticker: str, asked: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"\.SIM"):
        name_of_source(ticker, asked, "yahoo")
