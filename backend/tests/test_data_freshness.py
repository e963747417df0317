"""The age of a series, in sessions of its own exchange."""

from datetime import UTC, date, datetime

import pytest

from backend.monitor.freshness import freshness
from backend.src.data.bar_store import Coverage


def held(ticker: str, mic: str, last: date) -> Coverage:
    return Coverage(ticker, "yahoo", mic, date(2020, 1, 2), last, 1000)


@pytest.mark.parametrize(
    ("now", "missing"),
    [
        (datetime(2026, 11, 25, 20, 59, tzinfo=UTC), 0),  # Wednesday's bell has not rung
        (datetime(2026, 11, 25, 21, 0, tzinfo=UTC), 1),
        (datetime(2026, 11, 26, 23, 0, tzinfo=UTC), 1),  # Thanksgiving adds none
        (datetime(2026, 11, 29, 12, 0, tzinfo=UTC), 2),  # Friday's half-day does, the weekend does not
    ],
)
def test_only_closed_sessions_without_a_bar_count(now: datetime, missing: int) -> None:
    found = freshness("AAPL", "XNAS", "yahoo", held("AAPL", "XNAS", date(2026, 11, 24)), now)
    assert (found.missing, found.fresh) == (missing, missing == 0)


def test_each_exchange_has_its_own_clock() -> None:
    now = datetime(2024, 7, 1, 6, 0, tzinfo=UTC)  # Taipei has closed, New York has not opened
    assert freshness("2330.TW", "XTAI", "yahoo", held("2330.TW", "XTAI", date(2024, 6, 28)), now).missing == 1
    assert freshness("AAPL", "XNAS", "yahoo", held("AAPL", "XNAS", date(2024, 6, 28)), now).missing == 0


def test_the_sample_is_as_fresh_as_it_will_ever_be() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    sample = freshness("AAPL", "XNAS", "sample", held("AAPL", "XNAS", date(2013, 3, 1)), now)
    assert (sample.missing, sample.fresh, sample.last_session) == (0, True, date(2013, 3, 1))


def test_a_series_without_a_bar_is_not_fresh() -> None:
    found = freshness("AAPL", "XNAS", "yahoo", None, datetime(2026, 11, 21, tzinfo=UTC))
    assert (found.last_session, found.fresh) == (None, False)
    assert found.missing > 9000
