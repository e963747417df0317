"""How old the newest bar of each series is, in sessions of its own exchange."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from backend.src.data import calendars
from backend.src.data.bar_store import BarStore, Coverage
from backend.src.data.instrument_store import ENDED, InstrumentStore


@dataclass(frozen=True, slots=True)
class Freshness:
    """The age of a served series.

    Attributes:
        missing: Sessions that have closed since the last bar; none where a series ends where it ends.
    """

    ticker: str
    exchange: str
    source: str
    last_session: date | None
    expected_session: date
    missing: int
    fresh: bool


class FreshnessMonitor:
    """Compares what ClickHouse holds with the exchange calendars."""

    def __init__(
        self, instruments: InstrumentStore, bars: BarStore, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._instruments = instruments
        self._bars = bars
        self._now = now

    def check(self) -> list[Freshness]:
        """The freshness of every instrument's served series, by ticker."""
        held = {(each.ticker, each.source): each for each in self._bars.coverage()}
        return [
            freshness(each.ticker, each.exchange, each.source, held.get((each.ticker, each.source)), self._now())
            for each in self._instruments.all()
        ]


def freshness(ticker: str, exchange: str, source: str, held: Coverage | None, now: datetime) -> Freshness:
    """The freshness of one series.

    Args:
        ticker: The symbol.
        exchange: Whose sessions count.
        source: Whose series.
        held: What is held of it, if anything.
        now: The moment to measure at.
    """
    expected = calendars.latest_closed_session(exchange, now)
    last = held.last_session if held is not None else None
    if source in ENDED:
        return Freshness(ticker, exchange, source, last, expected, 0, last is not None)
    since = last if last is not None else calendars.calendar_start(exchange)
    missing = max(0, calendars.session_distance(exchange, since, expected))
    return Freshness(ticker, exchange, source, last, expected, missing, last is not None and missing == 0)
