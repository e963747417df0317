"""Trading sessions of the exchanges: every date of the platform is one of these.

A calendar is built on first use, once per process (0.2 s each, most of it holiday rules), and kept as plain
sorted dates: a look-up is a binary search of about a microsecond, fit for the request path.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

import pandas as pd

from backend.errors import InvalidRequestError
from bellwether_contracts.market import SIMULATED_SUFFIX

# The library starts 20 years back by default, which would cut the history of a sample that begins in 2000.
_EARLIEST = pd.Timestamp("1990-01-01")
_LATE_STARTS = {
    "XSHG": pd.Timestamp("1990-12-03"),
    "XTKS": pd.Timestamp("1997-01-01"),
    "XBOM": pd.Timestamp("1997-01-01"),
}
"""Where the library's own records of the exchange begin later."""

US_EXCHANGES = ("XNYS", "XNAS")
_DEFAULT_US = "XNYS"

_SUFFIXES = {
    "TW": "XTAI",
    "TWO": "XTAI",
    "HK": "XHKG",
    "T": "XTKS",
    "L": "XLON",
    "PA": "XPAR",
    "DE": "XETR",
    "AS": "XAMS",
    "TO": "XTSE",
    "AX": "XASX",
    "KS": "XKRX",
    "SS": "XSHG",
    "SZ": "XSHG",
    "SI": "XSES",
    "MI": "XMIL",
    "MC": "XMAD",
    "SW": "XSWX",
    "ST": "XSTO",
    "BO": "XBOM",
}
"""Yahoo's ticker suffixes. Taipei (.TWO) and Shenzhen (.SZ) keep the sessions of XTAI and XSHG."""

_COUNTRIES = {
    "US": US_EXCHANGES,
    "TW": ("XTAI",),
    "HK": ("XHKG",),
    "JP": ("XTKS",),
    "UK": ("XLON",),
    "GB": ("XLON",),
    "NYSE": ("XNYS",),
    "NASDAQ": ("XNAS",),
    "TWSE": ("XTAI",),
    "TPEX": ("XTAI",),
}

EXCHANGES = tuple(sorted({*US_EXCHANGES, *_SUFFIXES.values()}))
"""Every exchange that a ticker can belong to."""


@dataclass(frozen=True, slots=True)
class _Sessions:
    days: tuple[date, ...]
    closes: tuple[datetime, ...]
    timezone: str


@cache
def _sessions(mic: str) -> _Sessions:
    if mic not in EXCHANGES:
        raise InvalidRequestError(f"No calendar for exchange {mic!r}; known: {', '.join(EXCHANGES)}.")
    # Imported here: 1.4 s that a process which never asks for a session need not pay.
    import exchange_calendars

    calendar = exchange_calendars.get_calendar(mic, start=_LATE_STARTS.get(mic, _EARLIEST))
    return _Sessions(tuple(calendar.sessions.date), tuple(calendar.closes.dt.to_pydatetime()), str(calendar.tz))


def exchange_for(ticker: str) -> str:
    """The exchange whose calendar a ticker follows, by Yahoo's suffix; no suffix means the United States.

    XNYS and XNAS keep the same sessions, so the guess between the two moves no date; a source that knows better
    says so. A simulated series keeps the sessions of the one that it replays.

    Raises:
        InvalidRequestError: The suffix is unknown, or the ticker is a currency or a future.
    """
    if "=" in ticker:
        raise InvalidRequestError(f"{ticker!r} is a currency or a future: only shares and indices are held.")
    _, dot, suffix = ticker.removesuffix(SIMULATED_SUFFIX).rpartition(".")
    if not dot:
        return _DEFAULT_US
    if suffix not in _SUFFIXES:
        allowed = ", ".join(f".{known}" for known in sorted(_SUFFIXES))
        raise InvalidRequestError(f"Unknown ticker suffix .{suffix} in {ticker!r}; known: {allowed}, or none (US).")
    return _SUFFIXES[suffix]


def parse_exchange(name: str) -> tuple[str, ...]:
    """The exchanges that a name stands for: a MIC (`XNAS`) or a market's short name (`US`, `TW`, `NASDAQ`).

    Raises:
        InvalidRequestError: Nothing goes by that name.
    """
    key = name.strip().upper()
    if key in EXCHANGES:
        return (key,)
    if key in _COUNTRIES:
        return _COUNTRIES[key]
    allowed = ", ".join((*sorted(_COUNTRIES), *EXCHANGES))
    raise InvalidRequestError(f"Unknown exchange {name[:20]!r}; known: {allowed}.")


def calendar_start(mic: str) -> date:
    """The first session that the calendar knows: bars before it can't be checked and are not held."""
    return _sessions(mic).days[0]


def timezone(mic: str) -> str:
    """The IANA time zone of the exchange."""
    return _sessions(mic).timezone


def is_session(mic: str, day: date) -> bool:
    """Whether the exchange trades on that day."""
    days = _sessions(mic).days
    at = bisect_left(days, day)
    return at < len(days) and days[at] == day


def closing_time(mic: str, session: date) -> datetime:
    """When a session's closing bell rings, in UTC.

    Raises:
        InvalidRequestError: The exchange does not trade on that day.
    """
    sessions = _sessions(mic)
    at = bisect_left(sessions.days, session)
    if at == len(sessions.days) or sessions.days[at] != session:
        raise InvalidRequestError(f"{session} is no session of {mic}.")
    return sessions.closes[at]


def sessions_after(mic: str, session: date, n: int) -> list[date]:
    """The `n` sessions that follow a day (which need not be a session itself).

    Raises:
        InvalidRequestError: They lie beyond the end of the calendar.
    """
    days = _sessions(mic).days
    first = bisect_right(days, session)
    if session < days[0] or first + n > len(days):
        raise InvalidRequestError(
            f"The calendar of {mic} knows the sessions from {days[0]} to {days[-1]}:"
            f" {n} sessions after {session} are not in it."
        )
    return list(days[first : first + n])


def next_session(mic: str, session: date) -> date:
    """The session that follows a day."""
    return sessions_after(mic, session, 1)[0]


def sessions_between(mic: str, first: date, last: date) -> list[date]:
    """The sessions from `first` to `last`, both included where they are sessions."""
    days = _sessions(mic).days
    return list(days[bisect_left(days, first) : bisect_right(days, last)])


def next_valid_sessions(mic: str, day: date, n: int = 5) -> list[date]:
    """The next sessions after a day, to name in an error: fewer than `n` where the calendar ends."""
    days = _sessions(mic).days
    first = bisect_right(days, day)
    return list(days[first : first + n])


def session_distance(mic: str, first: date, last: date) -> int:
    """How many sessions `last` is after `first`; negative when it is before."""
    days = _sessions(mic).days
    return bisect_right(days, last) - bisect_right(days, first)


def latest_closed_session(mic: str, now: datetime) -> date:
    """The newest session whose closing bell has rung: the newest bar that can be complete.

    Raises:
        InvalidRequestError: `now` is naive or outside the calendar.
    """
    if now.tzinfo is None:
        raise InvalidRequestError("A time without a zone can't be compared with a closing bell.")
    sessions = _sessions(mic)
    at = bisect_right(sessions.closes, now.astimezone(UTC))
    if at == 0:
        raise InvalidRequestError(f"The calendar of {mic} begins on {sessions.days[0]}, after {now:%Y-%m-%d}.")
    return sessions.days[at - 1]
