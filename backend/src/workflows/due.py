"""When scheduled work is due: a pure function of the exchanges' calendars and the clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.src.data import calendars
from backend.src.data.instrument_store import SIMULATION
from backend.src.data.orm import Instrument

STORES = "stores"
TICKERS = "all tickers"

_LATEST_CLOSE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Work that comes again and again.

    Attributes:
        name: What it is called in `scheduled_runs`, in Prefect and in `GET /api/schedules`.
        does: What it does, in words.
        when: When, in words.
        subjects: Whom it is done for, each by itself, given the instruments that are held.
        latest: The newest moment that it was due at for a subject.
        following: The next one.
    """

    name: str
    does: str
    when: str
    subjects: Callable[[Sequence[Instrument]], list[str]]
    latest: Callable[[str, datetime], datetime]
    following: Callable[[str, datetime], datetime]


def schedules(after_close: timedelta) -> tuple[Schedule, ...]:
    """Everything that is done by the clock.

    Args:
        after_close: How long after an exchange's closing bell its bars are asked for: sources take a while.
    """
    review = after_close + timedelta(hours=1)
    return (
        _after_close("ingest", "brings the newest bars of each ticker in; a review of it follows", after_close),
        _after_close(
            "review",
            "scores, watches, retrains, promotes and rolls back where it has to, new bars or not",
            review,
        ),
        _at_clock("drift", "compares each ticker with its champion's training, with the report", time(6), weekday=5),
        _at_clock("cleanup", "takes out of the stores what was kept long enough", time(3, 30)),
    )


def _after_close(name: str, does: str, delay: timedelta) -> Schedule:
    def latest(mic: str, now: datetime) -> datetime:
        return calendars.closing_time(mic, calendars.latest_closed_session(mic, now - delay)) + delay

    def following(mic: str, now: datetime) -> datetime:
        session = calendars.next_session(mic, calendars.latest_closed_session(mic, now - delay))
        return calendars.closing_time(mic, session) + delay

    when = f"{int(delay.total_seconds() // 60)} min after the exchange's close, on its sessions"
    return Schedule(name, does, when, exchanges, latest, following)


def _at_clock(name: str, does: str, at: time, weekday: int | None = None) -> Schedule:
    def latest(_subject: str, now: datetime) -> datetime:
        moment = datetime.combine(now.astimezone(UTC).date(), at, UTC)
        back = 0 if weekday is None else (moment.weekday() - weekday) % 7
        moment -= timedelta(days=back)
        return moment if moment <= now else moment - _every(weekday)

    def following(subject: str, now: datetime) -> datetime:
        return latest(subject, now) + _every(weekday)

    day = "every day" if weekday is None else f"every {_WEEKDAYS[weekday]}"
    subject = STORES if name == "cleanup" else TICKERS
    return Schedule(name, does, f"{day} at {at:%H:%M} UTC", lambda _held: [subject], latest, following)


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _every(weekday: int | None) -> timedelta:
    return timedelta(days=1 if weekday is None else 7)


def exchanges(held: Sequence[Instrument]) -> list[str]:
    """The exchanges that held tickers trade on. A simulated market has its own clock."""
    return sorted({each.exchange for each in held if each.source != SIMULATION})


def knock(schedule: Schedule, subject: str, now: datetime) -> tuple[str, str]:
    """A cron line and its time zone that come around whenever the schedule can be due for a subject.

    The line knows no holidays and no half days: it only knocks, and what is due is for the calendar to say.
    """
    if subject not in calendars.EXCHANGES:
        moment = schedule.following(subject, now)
        weekly = schedule.following(subject, moment) - moment > timedelta(days=1)
        return f"{moment.minute} {moment.hour} * * {moment.isoweekday() % 7 if weekly else '*'}", "UTC"
    zone = calendars.timezone(subject)
    latest = max(_local_times(schedule, subject, now, zone))
    return f"{latest.minute} {latest.hour} * * *", zone


def _local_times(schedule: Schedule, mic: str, now: datetime, zone: str) -> list[time]:
    """At which times of the exchange's day the schedule was due in the last month: half days are early."""
    days: list[date] = calendars.sessions_between(mic, (now - timedelta(days=31)).date(), now.date())
    moments = (datetime.combine(day, time(23, 59), UTC) + _LATEST_CLOSE for day in days)
    return [schedule.latest(mic, moment).astimezone(ZoneInfo(zone)).time() for moment in moments]
