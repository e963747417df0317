"""Sessions, against dates that the exchanges themselves published."""

from datetime import UTC, date, datetime, timedelta

import pytest

from backend.errors import InvalidRequestError
from backend.src.data import calendars


@pytest.mark.parametrize(
    ("mic", "day", "open_"),
    [
        ("XNYS", date(2026, 11, 26), False),  # Thanksgiving
        ("XNAS", date(2026, 11, 27), True),  # the half-day after it
        ("XNYS", date(2012, 10, 29), False),  # hurricane Sandy
        ("XTAI", date(2026, 2, 17), False),  # Lunar New Year
        ("XTAI", date(2024, 7, 24), False),  # typhoon Gaemi
        ("XTAI", date(2024, 7, 1), True),
        ("XHKG", date(2024, 7, 1), False),  # establishment day
        ("XLON", date(2022, 9, 19), False),  # state funeral
        ("XNYS", date(2000, 3, 1), True),  # beyond the library's default of 20 years back
        ("XNYS", date(2026, 11, 21), False),  # a Saturday
    ],
)
def test_sessions_are_those_of_the_exchange(mic: str, day: date, open_: bool) -> None:
    assert calendars.is_session(mic, day) is open_


def test_the_next_sessions_skip_weekends_and_holidays() -> None:
    assert calendars.next_session("XNAS", date(2026, 11, 20)) == date(2026, 11, 23)
    assert calendars.sessions_after("XNAS", date(2026, 11, 24), 3) == [
        date(2026, 11, 25),
        date(2026, 11, 27),
        date(2026, 11, 30),
    ]


def test_a_range_includes_both_ends() -> None:
    assert calendars.sessions_between("XNYS", date(2013, 2, 4), date(2013, 2, 8)) == [
        date(2013, 2, day) for day in (4, 5, 6, 7, 8)
    ]
    assert calendars.sessions_between("XNYS", date(2026, 11, 21), date(2026, 11, 22)) == []


def test_distance_counts_sessions_and_is_signed() -> None:
    assert calendars.session_distance("XNYS", date(2026, 11, 25), date(2026, 11, 30)) == 2
    assert calendars.session_distance("XNYS", date(2026, 11, 30), date(2026, 11, 25)) == -2
    assert calendars.session_distance("XNYS", date(2026, 11, 20), date(2026, 11, 22)) == 0


@pytest.mark.parametrize(
    ("mic", "now", "session"),
    [
        ("XNYS", datetime(2026, 11, 20, 20, 59, 59, tzinfo=UTC), date(2026, 11, 19)),
        ("XNYS", datetime(2026, 11, 20, 21, 0, tzinfo=UTC), date(2026, 11, 20)),
        (
            "XNYS",
            datetime(2026, 11, 27, 18, 0, tzinfo=UTC),
            date(2026, 11, 27),
        ),  # 13:00 in New York: the half-day's end
        ("XNYS", datetime(2026, 7, 10, 20, 0, tzinfo=UTC), date(2026, 7, 10)),  # summer time
        ("XTAI", datetime(2024, 7, 1, 5, 30, tzinfo=UTC), date(2024, 7, 1)),
        ("XTAI", datetime(2024, 7, 1, 5, 29, tzinfo=UTC), date(2024, 6, 28)),
    ],
)
def test_a_session_is_closed_from_its_bell_on(mic: str, now: datetime, session: date) -> None:
    assert calendars.latest_closed_session(mic, now) == session


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="zone"):
        calendars.latest_closed_session("XNYS", datetime(2026, 11, 20))  # noqa: DTZ001


def test_beyond_the_end_of_the_calendar_is_an_error_that_names_the_end() -> None:
    end = calendars.next_valid_sessions("XTAI", date(2026, 11, 20), 500)[-1]
    with pytest.raises(InvalidRequestError, match=str(end)):
        calendars.sessions_after("XTAI", end, 1)
    assert calendars.next_valid_sessions("XTAI", end - timedelta(days=30), 500)[-1] == end


@pytest.mark.parametrize(
    ("ticker", "mic"),
    [
        ("AAPL", "XNYS"),
        ("BRK-B", "XNYS"),
        ("^GSPC", "XNYS"),
        ("2330.TW", "XTAI"),
        ("6488.TWO", "XTAI"),
        ("0700.HK", "XHKG"),
        ("7203.T", "XTKS"),
        ("VOD.L", "XLON"),
        ("AAPL.SIM", "XNYS"),
        ("2330.TW.SIM", "XTAI"),
    ],
)
def test_the_suffix_tells_the_exchange(ticker: str, mic: str) -> None:
    assert calendars.exchange_for(ticker) == mic


@pytest.mark.parametrize("ticker", ["ABC.XX", "EURUSD=X", "ES=F"])
def test_an_unknown_market_is_refused(ticker: str) -> None:
    with pytest.raises(InvalidRequestError):
        calendars.exchange_for(ticker)


def test_markets_go_by_their_short_names_too() -> None:
    assert calendars.parse_exchange("us") == ("XNYS", "XNAS")
    assert calendars.parse_exchange("TW") == calendars.parse_exchange("XTAI") == ("XTAI",)
    with pytest.raises(InvalidRequestError, match="XNAS"):
        calendars.parse_exchange("MARS")


@pytest.mark.parametrize("mic", calendars.EXCHANGES)
def test_every_exchange_has_a_calendar_that_reaches_from_2000_past_the_longest_horizon(mic: str) -> None:
    assert calendars.calendar_start(mic) < date(2000, 1, 10)
    assert len(calendars.sessions_after(mic, datetime.now(UTC).date(), 20)) == 20
