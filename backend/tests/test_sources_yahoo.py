"""yfinance's real client on saved answers."""

from datetime import date

import numpy as np
import pytest
import requests

from backend.errors import InvalidRequestError
from backend.src.ingestion.errors import (
    EmptyAnswerError,
    GarbageAnswerError,
    RateLimitedError,
    SourceUnreachableError,
    UnknownTickerError,
)
from backend.src.ingestion.sources.throttle import TokenBucket
from backend.tests.yahoo_replay import yahoo

OK = 200


def test_bars_with_a_split_and_a_dividend_are_read_as_yahoo_gave_them() -> None:
    source, _ = yahoo((OK, "split_and_dividend.json"))
    fetched = source.fetch("ACME")
    bars = fetched.frame.set_index(fetched.frame["session"].dt.strftime("%Y-%m-%d"))
    assert len(bars) == 28
    assert bars["split_ratio"]["2024-06-10"] == 10
    assert bars["dividend"]["2024-06-11"] == 0.01
    assert (bars["split_ratio"] != 1).sum() == 1
    assert (bars["dividend"] != 0).sum() == 1
    # Split-adjusted already: no tenfold step. The adjusted close lies below the close before the ex-day only.
    assert np.abs(np.diff(np.log(bars["close"]))).max() < 0.05
    before = [day < "2024-06-11" for day in bars.index]
    assert (bars["adj_close"] < bars["close"])[before].all()
    assert np.array_equal(bars["adj_close"][~np.array(before)], bars["close"][~np.array(before)])


def test_the_exchange_the_currency_and_the_name_come_from_the_answer() -> None:
    facts = yahoo((OK, "split_and_dividend.json"))[0].fetch("ACME").facts
    assert (facts.exchange, facts.currency, facts.name) == ("XNAS", "USD", "Acme Corporation")


def test_a_taipei_bar_of_1_july_is_a_bar_of_1_july() -> None:
    fetched = yahoo((OK, "taipei.json"))[0].fetch("2330.TW")
    days = fetched.frame["session"].dt.date.tolist()
    assert days == [date(2024, 6, day) for day in range(24, 29)] + [date(2024, 7, day) for day in range(1, 6)]
    first_of_july = fetched.frame[[day == date(2024, 7, 1) for day in days]]
    assert first_of_july["close"].tolist() == [970.0]
    assert fetched.facts.exchange == "XTAI"


def test_the_range_asked_for_begins_at_midnight_on_the_exchange() -> None:
    source, saved = yahoo((OK, "taipei.json"))
    source.fetch("2330.TW", start=date(2024, 7, 1))
    assert saved.asked[0]["period1"] == ["1719763200"]  # 2024-06-30T16:00Z
    assert saved.asked[0]["events"] == ["div,splits,capitalGains"]
    assert len(saved.asked) == 1, "one request a fetch, no separate one for the time zone"


def test_the_last_day_asked_for_is_included() -> None:
    frame = yahoo((OK, "taipei.json"))[0].fetch("2330.TW", end=date(2024, 7, 1)).frame
    assert frame["session"].dt.date.max() == date(2024, 7, 1)


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        ((429, "too_many_requests.txt"), RateLimitedError, "429"),
        ((404, "unknown.json"), UnknownTickerError, "does not know"),
        ((OK, "empty.json"), EmptyAnswerError, "no bars"),
        ((OK, "garbage.html"), GarbageAnswerError, "not market data"),
        (requests.exceptions.ConnectionError("name not resolved"), SourceUnreachableError, "name not resolved"),
    ],
)
def test_each_failure_has_its_own_error(answer: tuple[int, str] | OSError, error: type[Exception], says: str) -> None:
    source, _ = yahoo(answer)
    with pytest.raises(error, match=says):
        source.fetch("ACME")


def test_garbage_is_asked_again_and_an_unknown_ticker_is_not() -> None:
    source, saved = yahoo((OK, "garbage.html"), (OK, "garbage.html"), (OK, "quiet_first.json"), attempts=3)
    assert len(source.fetch("ACME").frame) == 10
    assert len(saved.asked) == 3
    source, saved = yahoo((404, "unknown.json"), attempts=3)
    with pytest.raises(UnknownTickerError):
        source.fetch("ACME")
    # yfinance itself repeats a refused request once, with another cookie.
    assert len(saved.asked) == 2


def test_a_currency_is_refused_before_anything_is_asked() -> None:
    source, saved = yahoo((OK, "quiet_first.json"))
    with pytest.raises(InvalidRequestError, match="currency"):
        source.fetch("EURUSD=X")
    assert saved.asked == []


def test_an_isin_is_refused_because_it_would_be_looked_up_and_guessed() -> None:
    source, saved = yahoo((OK, "quiet_first.json"))
    with pytest.raises(UnknownTickerError, match="ISIN"):
        source.fetch("US0378331005")
    assert saved.asked == []


def test_the_bucket_lets_a_burst_through_and_then_one_in_a_while() -> None:
    now, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    bucket = TokenBucket(per_minute=30, burst=2, clock=lambda: now[0], sleep=sleep)
    for _ in range(4):
        bucket.take()
    assert slept == [0.0, 0.0, 2.0, 2.0]
    now[0] += 600
    for _ in range(3):
        bucket.take()
    assert slept[4:] == [0.0, 0.0, 2.0]
