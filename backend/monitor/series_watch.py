"""Series that fall behind their exchange's calendar, or have holes in it.

The backends run it beside the gauge of freshness: they hold the calendars in memory, 100 MB that the watcher need not.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from clickhouse_connect.driver.client import Client

from backend.monitor.freshness import Freshness
from backend.settings import SeriesSettings
from backend.src.alerting.alert_book import AlertBook, Trouble
from backend.src.data import calendars
from backend.src.data.instrument_store import ENDED
from backend.src.data.monitor_orm import Alert

STALE, GAP = "stale_data", "feed_gap"
REMIND = timedelta(hours=1)
"""An unchanged trouble is a sighting this often: it was found out once, not again and again."""

_CRITICAL_TIMES = 3
_NAMED = 5
_MAX_FIRING = 10_000

_HELD = """
    SELECT ticker, source, groupUniqArray(session) AS sessions FROM bars
    WHERE session >= {since:Date32} AND source NOT IN {ended:Array(String)}
    GROUP BY ticker, source
"""


class SeriesWatch:
    """Keeps the alerts of stale and broken series; any number of backends may run it at once."""

    def __init__(
        self,
        clickhouse: Client,
        book: AlertBook,
        limits: SeriesSettings,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._clickhouse = clickhouse
        self._book = book
        self._limits = limits
        self._now = now

    def check(self, series: Sequence[Freshness]) -> None:
        """Open, update and end alerts by what is held of the served series."""
        live = [each for each in series if each.source not in ENDED]
        self._settle(STALE, [found for each in live if (found := stale(each, self._limits)) is not None])
        self._settle(GAP, self._gaps(live))

    def _gaps(self, live: Sequence[Freshness]) -> list[Trouble]:
        if not live:
            return []
        # As many days as hold the sessions, whatever the holidays.
        since = self._now().date() - timedelta(days=self._limits.gap_sessions * 3 // 2 + 30)
        rows = self._clickhouse.query(_HELD, parameters={"since": since, "ended": sorted(ENDED)}).result_rows
        held = {(row[0], row[1]): set(row[2]) for row in rows}
        return [
            found
            for each in live
            if (sessions := held.get((each.ticker, each.source)))
            and (found := gap(each, sessions, self._limits)) is not None
        ]

    def _settle(self, kind: str, troubles: Sequence[Trouble]) -> None:
        page, _more = self._book.page(
            state="firing", kind=kind, subject=None, severity=None, limit=_MAX_FIRING, offset=0
        )
        firing = {alert.subject: alert for alert, _muted in page}
        for trouble in troubles:
            if self._is_news(trouble, firing.pop(trouble.subject, None)):
                self._book.fire(trouble)
        for subject in firing:
            self._book.resolve(kind, subject)

    def _is_news(self, trouble: Trouble, alert: Alert | None) -> bool:
        return alert is None or alert.evidence != trouble.evidence or self._now() - alert.last_seen >= REMIND


def stale(series: Freshness, limits: SeriesSettings) -> Trouble | None:
    """Whether a series is behind: more closed sessions lack a bar than may."""
    if series.last_session is None or series.missing <= limits.stale_sessions:
        return None
    return Trouble(
        STALE,
        series.ticker,
        "critical" if series.missing > _CRITICAL_TIMES * limits.stale_sessions else "warning",
        f"{series.ticker}'s newest bar from {series.source} is of {series.last_session}: "
        f"{series.missing} sessions of {series.exchange} have closed since.",
        {
            "source": series.source,
            "exchange": series.exchange,
            "last_session": series.last_session.isoformat(),
            "expected_session": series.expected_session.isoformat(),
            "sessions_behind": series.missing,
            "threshold": limits.stale_sessions,
        },
    )


def gap(series: Freshness, held: set[date], limits: SeriesSettings) -> Trouble | None:
    """Whether sessions are missing inside a series: between its first bar in the window and its last."""
    known = calendars.sessions_between(series.exchange, min(held), max(held))[-limits.gap_sessions :]
    missing = [session for session in known if session not in held]
    if not missing:
        return None
    named = ", ".join(map(str, missing[:_NAMED])) + (", ..." if len(missing) > _NAMED else "")
    return Trouble(
        GAP,
        series.ticker,
        "warning" if len(missing) >= limits.gap_warning_sessions else "info",
        f"{series.ticker} from {series.source} has no bar of {len(missing)} session(s) of {series.exchange}: {named}.",
        {"source": series.source, "exchange": series.exchange, "sessions_missing": len(missing), "sessions": named},
    )
