"""When scheduled work is due: half days, holidays, summer time, weekends."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.src.data.orm import Instrument
from backend.src.workflows.due import Schedule, exchanges, knock, schedules

NEW_YORK, TAIPEI = ZoneInfo("America/New_York"), ZoneInfo("Asia/Taipei")


def named(name: str, minutes: int = 30) -> Schedule:
    return next(schedule for schedule in schedules(timedelta(minutes=minutes)) if schedule.name == name)


@pytest.mark.parametrize(
    ("exchange", "now", "due"),
    [
        ("XNYS", datetime(2026, 11, 18, 16, 29, tzinfo=NEW_YORK), datetime(2026, 11, 17, 16, 30, tzinfo=NEW_YORK)),
        ("XNYS", datetime(2026, 11, 18, 16, 30, tzinfo=NEW_YORK), datetime(2026, 11, 18, 16, 30, tzinfo=NEW_YORK)),
        # Thanksgiving is none, and the day after closes at 13:00.
        ("XNYS", datetime(2026, 11, 26, 20, 0, tzinfo=NEW_YORK), datetime(2026, 11, 25, 16, 30, tzinfo=NEW_YORK)),
        ("XNYS", datetime(2026, 11, 29, 12, 0, tzinfo=NEW_YORK), datetime(2026, 11, 27, 13, 30, tzinfo=NEW_YORK)),
        ("XTAI", datetime(2026, 11, 20, 15, 0, tzinfo=TAIPEI), datetime(2026, 11, 20, 14, 0, tzinfo=TAIPEI)),
    ],
)
def test_ingest_is_due_after_the_close_of_the_exchanges_own_sessions(
    exchange: str, now: datetime, due: datetime
) -> None:
    assert named("ingest").latest(exchange, now) == due


def test_the_next_ingest_is_that_of_the_next_session() -> None:
    friday = datetime(2026, 11, 20, 18, 0, tzinfo=NEW_YORK)
    assert named("ingest").following("XNYS", friday) == datetime(2026, 11, 23, 16, 30, tzinfo=NEW_YORK)
    early = datetime(2026, 11, 23, 9, 0, tzinfo=NEW_YORK)
    assert named("ingest").following("XNYS", early) == datetime(2026, 11, 23, 16, 30, tzinfo=NEW_YORK)


def test_drift_is_due_on_saturdays() -> None:
    drift = named("drift")
    assert drift.latest("all tickers", datetime(2026, 11, 21, 5, 59, tzinfo=UTC)).date() == date(2026, 11, 14)
    assert drift.latest("all tickers", datetime(2026, 11, 21, 6, 0, tzinfo=UTC)).date() == date(2026, 11, 21)
    assert drift.following("all tickers", datetime(2026, 11, 21, 6, 0, tzinfo=UTC)).date() == date(2026, 11, 28)


def test_prefect_knocks_at_the_exchanges_own_time_when_a_full_session_is_due() -> None:
    now = datetime(2026, 11, 30, tzinfo=UTC)  # after a month with a half day in it
    assert knock(named("ingest"), "XNYS", now) == ("30 16 * * *", "America/New_York")
    assert knock(named("review"), "XTAI", now) == ("0 15 * * *", "Asia/Taipei")
    assert knock(named("drift"), "all tickers", now) == ("0 6 * * 6", "UTC")
    assert knock(named("cleanup"), "stores", now) == ("30 3 * * *", "UTC")


def test_a_simulated_market_follows_no_clock_but_its_own() -> None:
    held = [
        Instrument(ticker="2330.TW", exchange="XTAI", source="yahoo"),
        Instrument(ticker="AAPL", exchange="XNAS", source="sample"),
        Instrument(ticker="SHEL.L.SIM", exchange="XLON", source="simulation"),
    ]
    assert exchanges(held) == ["XNAS", "XTAI"]
