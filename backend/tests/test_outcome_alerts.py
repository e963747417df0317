"""What came of the served forecasts, and what the series lack, as alerts on the stack's stores."""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sqlalchemy import Engine, delete

from backend.monitor.freshness import Freshness
from backend.monitor.outcomes import KIND, Outcome, OutcomeReview, newest_breach
from backend.monitor.series_watch import GAP, STALE, SeriesWatch, gap, stale
from backend.settings import OutcomeSettings, SeriesSettings
from backend.src.alerting.alert_book import AlertBook
from backend.src.data import calendars, engines
from backend.src.data.instrument_store import InstrumentFacts
from backend.src.data.monitor_orm import Alert
from backend.src.data.orm import Instrument
from backend.src.runtime import Runtime
from backend.tests import ml_seed, score_seed
from backend.tests.ml_seed import Market

LIMITS = OutcomeSettings()
FIRST = date(2026, 1, 5)


def outcomes(distances: Sequence[float]) -> list[Outcome]:
    """Outcomes so many half-widths above the middle of bands from 96 to 104.17."""
    half = math.log(104 / 100)
    return [
        Outcome(FIRST + timedelta(days=n), 100 * math.exp(distance * half), 100 / 1.04, 104, 1)
        for n, distance in enumerate(distances)
    ]


def breached(distances: Sequence[float]) -> int | None:
    """Which outcome is the newest breach."""
    found = newest_breach(outcomes(distances), LIMITS)
    return None if found is None else (found.outcome.session - FIRST).days


@pytest.mark.parametrize(
    ("distances", "newest"),
    [
        ([0.5] * 30, None),
        ([0.5] * 20 + [1.9], None),  # one in twenty is what is promised
        ([0.5] * 20 + [2.1], 20),  # far outside
        ([0.5] * 20 + [-2.1], 20),
        ([0.5] * 20 + [1.1, -1.1], None),
        ([0.5] * 20 + [1.1, -1.1, 1.1], 22),  # in a row
        ([0.5] * 20 + [3.0] + [0.5] * 4, 20),  # not yet over
        ([0.5] * 20 + [3.0] + [0.5] * 5, None),
        ([0.5] * 20 + [3.0, 0.5, 0.5, 0.5, 1.1, 0.5, 0.5], 20),  # a miss begins the count anew
        ([0.5] * 20 + [3.0] + [0.5] * 5 + [1.1], None),  # what is over does not come back
        ([0.5] * 10 + [0.5, 1.1] * 5, None),  # five of twenty: one window in 400 has that by chance
        ([0.5] * 8 + [0.5, 1.1] * 6, 19),  # six: one in 3,000
    ],
)
def test_a_breach_is_what_the_bands_promise_does_not_explain(distances: Sequence[float], newest: int | None) -> None:
    assert breached(distances) == newest


def test_the_explained_number_of_misses_is_the_binomial_one() -> None:
    least = next(n for n in range(21) if stats.binom.sf(n - 1, 20, 0.05) < LIMITS.outcome_chance)
    spread = [0.5] * 20
    for n in range(least):
        spread[19 - 2 * n] = 1.1
    assert breached(spread) == 19
    spread[19 - 2 * (least - 1)] = 0.5
    assert breached(spread) is None


@pytest.mark.parametrize(("distance", "severity"), [(2.5, "warning"), (4.5, "critical")])
def test_the_farther_outside_the_more_severe(distance: float, severity: str) -> None:
    found = newest_breach(outcomes([0.5] * 20 + [distance]), LIMITS)
    assert found is not None
    assert (found.severity, found.lately, found.of, found.in_a_row) == (severity, 1, 20, 1)
    assert found.outcome.distance == pytest.approx(distance)


def series(missing: int, source: str = "yahoo", ticker: str = "AAPL", last: date = date(2026, 3, 2)) -> Freshness:
    return Freshness(ticker, "XNYS", source, last, date(2026, 3, 9), missing, missing == 0)


@pytest.mark.parametrize(("missing", "severity"), [(1, None), (2, "warning"), (3, "warning"), (4, "critical")])
def test_a_series_is_stale_when_it_lacks_more_sessions_than_it_may(missing: int, severity: str | None) -> None:
    found = stale(series(missing), SeriesSettings())
    assert (found and found.severity) == severity


def test_a_hole_is_what_the_calendar_has_between_the_first_bar_and_the_last() -> None:
    held = set(calendars.sessions_between("XNYS", date(2026, 1, 2), date(2026, 3, 2)))
    assert gap(series(0), held, SeriesSettings()) is None  # weekends and Presidents' Day are no holes
    gone = {date(2026, 2, 17), date(2026, 2, 18), date(2026, 2, 19)}
    found = gap(series(0), held - gone, SeriesSettings())
    assert found is not None
    assert (found.severity, found.evidence["sessions_missing"]) == ("warning", 3)
    assert "2026-02-17, 2026-02-18, 2026-02-19" in found.summary
    few = gap(series(0), held - {date(2026, 2, 17)}, SeriesSettings())
    assert few is not None
    assert few.severity == "info"
    assert gap(series(0), held - gone, SeriesSettings(gap_sessions=7)) is None  # older than what is looked at


@pytest.fixture
def market(runtime: Runtime) -> Iterator[Market]:
    made = Market(runtime)
    yield made
    made.clear()
    with runtime.raw_sessions.begin() as session:
        session.execute(delete(Instrument).where(Instrument.ticker.in_(made.tickers)))


@pytest.fixture
def book(database: Engine) -> AlertBook:
    """In a database where no backend settles alerts, too."""
    return AlertBook(engines.sessions(database))


def of(book: AlertBook, ticker: str) -> list[Alert]:
    found, _ = book.page(state=None, kind=None, subject=ticker, severity=None, limit=10, offset=0)
    return [alert for alert, _muted in found]


@pytest.mark.stack
def test_the_review_opens_one_alert_for_a_breach_and_ends_it(runtime: Runtime, market: Market, book: AlertBook) -> None:
    ticker, steps = market.ticker(), np.full(30, 0.001)
    steps[20] = 0.10  # bands reach to 4 %
    close = 100 * np.exp(np.cumsum(steps))
    flat = dict.fromkeys(("open", "high", "low", "close", "adj_close"), close)
    days = pd.bdate_range("2026-01-05", periods=30)
    bars = pd.DataFrame({"session": days, **flat, "volume": 1000, "dividend": 0.0, "split_ratio": 1.0})
    runtime.instruments.record(ticker, ml_seed.SOURCE, InstrumentFacts("XNAS", "USD", ticker))
    made = score_seed.rows(bars, ticker, 1, 0.0)
    score_seed.record(runtime, made)
    # Nobody was served these, and the second answer to the same question is not another outcome.
    score_seed.record(runtime, score_seed.rows(bars, ticker, 1, 0.5, replayed=True, variant="x" * 12))
    score_seed.record(runtime, score_seed.rows(bars, ticker, 1, 0.5, shadow=True))
    again = score_seed.rows(bars, ticker, 1, 0.5)
    score_seed.record(runtime, again.assign(made_at=again["made_at"] + pd.Timedelta(hours=1)))
    step = OutcomeReview(runtime.clickhouse, runtime.instruments, book, LIMITS)
    assert step.review(ticker) is None  # no bar, no outcome

    market.hold(ticker, bars[:21])
    first = step.review(ticker)
    step.review(ticker)
    (alert,) = of(book, ticker)
    assert first is not None
    assert first["breach"] == str(days[20].date())
    assert (alert.kind, alert.state, alert.severity, alert.count) == (KIND, "firing", "warning", 1)
    assert alert.evidence["distance"] == pytest.approx(0.10 / 0.04, abs=0.001)
    assert (alert.evidence["outside_lately"], alert.evidence["outcomes"]) == (1, 20)

    market.hold(ticker, bars[:25])
    step.review(ticker)
    assert [each.state for each in of(book, ticker)] == ["firing"]
    market.hold(ticker, bars)
    step.review(ticker)
    assert [(each.state, each.count) for each in of(book, ticker)] == [("resolved", 1)]


@pytest.mark.stack
def test_stale_and_broken_series_are_told_of_once_and_end_when_they_are_whole(
    runtime: Runtime, market: Market, book: AlertBook
) -> None:
    ticker = market.ticker()
    held = calendars.sessions_between("XNYS", date(2026, 1, 2), date(2026, 3, 2))
    whole = pd.DataFrame({"session": pd.DatetimeIndex(held).astype("datetime64[ns]")})
    whole = whole.assign(**dict.fromkeys(("open", "high", "low", "close", "adj_close"), 10.0))
    whole = whole.assign(volume=1000, dividend=0.0, split_ratio=1.0)
    columns = [row[0] for row in runtime.clickhouse.query("DESCRIBE bars").result_rows]

    def hold(bars: pd.DataFrame, version: int) -> None:
        filled = bars.assign(
            ticker=ticker, source="files", exchange="XNYS", currency="USD", snapshot="", version=version
        )
        rest = {name: float("nan") for name in columns if name not in filled}
        runtime.bars.insert(filled.assign(**rest)[columns], f"{ticker}:{version}")

    watch = SeriesWatch(runtime.clickhouse, book, SeriesSettings(), _march)
    hold(whole.drop(index=[10, 11, 12]), 1)
    for _ in range(2):
        watch.check([series(5, "files", ticker), series(9, "sample", "SAMPLED"), series(9, "simulation", "X.SIM")])
    found = {alert.kind: alert for alert in of(book, ticker)}
    assert {kind: (each.severity, each.count) for kind, each in found.items()} == {
        STALE: ("critical", 1),
        GAP: ("warning", 1),
    }
    hold(whole, 2)
    watch.check([series(0, "files", ticker)])
    assert {each.state for each in of(book, ticker)} == {"resolved"}
    runtime.clickhouse.command("DELETE FROM bars WHERE ticker = {t:String}", parameters={"t": ticker})


def _march() -> datetime:
    return datetime(2026, 3, 9, 22, tzinfo=UTC)
