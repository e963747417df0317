"""The alert book on the stack's real Postgres: the same trouble is one row, and every change of it is an event."""

import math
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from clickhouse_connect.driver.client import Client
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session, sessionmaker

from backend.errors import ConflictError, NotFoundError
from backend.settings import Settings
from backend.src.alerting.alert_book import AlertBook, Severity, Trouble
from backend.src.data import engines
from backend.src.data.monitor_orm import Alert, AlertMute
from backend.src.data.orm import OutboxEvent
from bellwether_contracts.events import AlertV1
from tests.conftest import eventually

pytestmark = pytest.mark.stack

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(meta_sessions: sessionmaker[Session], clock: Clock) -> AlertBook:
    return AlertBook(meta_sessions, clock)


@pytest.fixture
def subject(meta_engine: Engine) -> Iterator[str]:
    """A subject that nobody else has; its rows and events go in the end."""
    name = f"T{uuid4().hex[:10]}"
    yield name
    with meta_engine.begin() as connection:
        connection.execute(delete(Alert).where(Alert.subject == name))
        connection.execute(delete(AlertMute).where(AlertMute.alert_key.endswith(name)))
        connection.execute(delete(OutboxEvent).where(OutboxEvent.key.endswith(name)))


@pytest.fixture
def told(meta_engine: Engine, subject: str) -> Callable[[], list[AlertV1]]:
    """What the subject's events say, in the order in which they were made, while the outbox holds them."""

    def read() -> list[AlertV1]:
        query = select(OutboxEvent.payload).where(OutboxEvent.key.endswith(subject)).order_by(OutboxEvent.seq)
        with meta_engine.connect() as connection:
            return [AlertV1.model_validate_json(payload) for payload in connection.scalars(query)]

    return read


def trouble(subject: str, severity: Severity = "warning", **evidence: float) -> Trouble:
    return Trouble("test_trouble", subject, severity, f"{subject} is in trouble.", dict(evidence))


def rows(sessions: sessionmaker[Session], subject: str) -> list[Alert]:
    with sessions() as session:
        return list(session.scalars(select(Alert).where(Alert.subject == subject).order_by(Alert.id)))


def test_a_trouble_that_goes_on_is_one_row_that_counts_and_is_told_of_once_a_minute(
    book: AlertBook,
    clock: Clock,
    meta_sessions: sessionmaker[Session],
    subject: str,
    told: Callable[[], list[AlertV1]],
) -> None:
    for sighting in range(13):  # one minute, every 5 s
        book.fire(trouble(subject, z=float(sighting)))
        clock.wait(5)
    (row,) = rows(meta_sessions, subject)
    assert (row.state, row.count, row.evidence) == ("firing", 13, {"z": 12.0})
    assert (row.first_seen, row.last_seen) == (NOON, NOON + timedelta(seconds=60))
    assert [(event.count, event.at) for event in told()] == [(1, NOON), (13, NOON + timedelta(seconds=60))]
    assert {event.alert_id for event in told()} == {row.id}


def test_a_change_of_severity_is_told_at_once(
    book: AlertBook, clock: Clock, subject: str, told: Callable[[], list[AlertV1]]
) -> None:
    for severity in ("warning", "warning", "critical", "critical", "warning"):
        book.fire(trouble(subject, severity))
        clock.wait(1)
    assert [(event.severity, event.count) for event in told()] == [("warning", 1), ("critical", 3), ("warning", 5)]


def test_a_trouble_that_comes_back_is_a_new_alert(
    book: AlertBook,
    clock: Clock,
    meta_sessions: sessionmaker[Session],
    subject: str,
    told: Callable[[], list[AlertV1]],
) -> None:
    assert not book.resolve("test_trouble", subject)
    book.fire(trouble(subject))
    ended = clock.wait(10)
    assert book.resolve("test_trouble", subject)
    assert not book.resolve("test_trouble", subject)
    clock.wait(10)
    book.fire(trouble(subject))
    first, second = rows(meta_sessions, subject)
    assert (first.state, first.resolved_at, first.count) == ("resolved", ended, 1)
    assert (second.state, second.resolved_at, second.count) == ("firing", None, 1)
    assert [(event.alert_id, event.state) for event in told()] == [
        (first.id, "firing"),
        (first.id, "resolved"),
        (second.id, "firing"),
    ]


def test_messages_that_are_read_twice_change_nothing(
    book: AlertBook, clock: Clock, meta_sessions: sessionmaker[Session], subject: str
) -> None:
    first, second, third, fourth = (NOON + timedelta(seconds=n) for n in range(4))
    clock.wait(3600)

    def read_all() -> None:
        book.fire(trouble(subject), seen_at=first)
        book.resolve("test_trouble", subject, seen_at=second)
        book.fire(trouble(subject), seen_at=third)
        book.fire(trouble(subject), seen_at=fourth)

    read_all()
    read_all()  # as after a crash between the write and the commit
    found = [(row.state, row.count, row.first_seen, row.last_seen) for row in rows(meta_sessions, subject)]
    assert found == [("resolved", 1, first, first), ("firing", 2, third, fourth)]


def test_many_sightings_that_are_written_once_count_each_once(
    book: AlertBook, clock: Clock, meta_sessions: sessionmaker[Session], subject: str
) -> None:
    times = [NOON + timedelta(seconds=n) for n in range(6)]
    clock.wait(3600)
    book.fire(trouble(subject), times[2], before=times[:2])
    book.fire(trouble(subject), times[5], before=times[:5])  # the first three are read a second time
    book.fire(trouble(subject), times[5], before=times[3:5])
    (row,) = rows(meta_sessions, subject)
    assert (row.count, row.first_seen, row.last_seen) == (6, times[0], times[5])


def test_a_sender_whose_clock_runs_ahead_does_not_keep_the_trouble_alive(
    book: AlertBook, clock: Clock, meta_sessions: sessionmaker[Session], subject: str
) -> None:
    book.fire(trouble(subject), seen_at=NOON + timedelta(days=365))
    book.fire(trouble(subject), seen_at=clock.wait(1))
    assert book.resolve("test_trouble", subject, seen_at=clock.wait(1))
    (row,) = rows(meta_sessions, subject)
    assert (row.first_seen, row.count) == (NOON, 2)


def test_threads_that_see_it_at_once_share_one_row(
    meta_sessions: sessionmaker[Session], subject: str, told: Callable[[], list[AlertV1]]
) -> None:
    book, together = AlertBook(meta_sessions), threading.Barrier(4)

    def see(_: int) -> int:
        together.wait()
        return book.fire(trouble(subject)).id

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(see, range(4)))
    (row,) = rows(meta_sessions, subject)
    assert ids == {row.id}
    assert row.count == 4
    assert [event.count for event in told()] == [1]


def test_the_first_who_acknowledges_stays_and_an_end_can_not_be_acknowledged(
    book: AlertBook, clock: Clock, subject: str, told: Callable[[], list[AlertV1]]
) -> None:
    alert = book.fire(trouble(subject))
    at = clock.wait(1)
    book.acknowledge(alert.id, "ann")
    clock.wait(1)
    seen = book.acknowledge(alert.id, "bob")
    assert (seen.acknowledged_by, seen.acknowledged_at) == ("ann", at)
    assert [event.acknowledged_by for event in told()] == [None, "ann"]
    book.resolve("test_trouble", subject)
    with pytest.raises(ConflictError):
        book.acknowledge(alert.id, "ann")
    with pytest.raises(NotFoundError):
        book.acknowledge(2**53, "ann")
    clock.wait(1)
    again = book.fire(trouble(subject))
    assert again.acknowledged_by is None


def test_a_mute_outlasts_the_occurrence_that_it_was_put_on(
    meta_sessions: sessionmaker[Session], subject: str, told: Callable[[], list[AlertV1]]
) -> None:
    book = AlertBook(meta_sessions)
    before = book.counts()
    first = book.fire(trouble(subject, "info"))
    kind = ("test_trouble", "info")
    assert book.counts().get(kind, 0) == before.get(kind, 0) + 1
    until = datetime.now(UTC) + timedelta(hours=1)
    book.mute(first.id, until, "ann")
    assert book.counts().get(kind, 0) == before.get(kind, 0)
    book.resolve("test_trouble", subject)
    second = book.fire(trouble(subject, "info"))
    assert book.get(second.id)[1] == until
    assert book.counts().get(kind, 0) == before.get(kind, 0)
    book.unmute(second.id, "bob")
    assert book.get(second.id)[1] is None
    assert book.counts().get(kind, 0) == before.get(kind, 0) + 1
    assert [event.muted_until for event in told()] == [None, until, until, until, None]


def test_a_number_that_json_has_not_is_null_in_the_evidence(
    book: AlertBook, meta_sessions: sessionmaker[Session], subject: str
) -> None:
    book.fire(trouble(subject, z=math.inf, share=0.5))
    book.fire(trouble(subject, z=math.nan, share=0.5))
    (row,) = rows(meta_sessions, subject)
    assert row.evidence == {"z": None, "share": 0.5}


def test_a_page_has_what_fires_first_and_then_the_newest(book: AlertBook, clock: Clock, subject: str) -> None:
    for kind in ("ended", "old", "new"):
        book.fire(Trouble(kind, subject, "warning", "."))
        clock.wait(1)
    book.resolve("ended", subject)
    wanted = {"state": None, "kind": None, "subject": subject, "severity": None}
    page, has_more = book.page(**wanted, limit=2, offset=0)
    rest, none_left = book.page(**wanted, limit=2, offset=2)
    assert [alert.kind for alert, _ in [*page, *rest]] == ["new", "old", "ended"]
    assert (has_more, none_left) == (True, False)
    (only,), _ = book.page(**{**wanted, "state": "resolved"}, limit=2, offset=0)
    assert only[0].kind == "ended"
    assert book.page(**{**wanted, "severity": "critical"}, limit=2, offset=0) == ([], False)


@pytest.fixture
def clickhouse(settings: Settings) -> Iterator[Client]:
    client = engines.clickhouse(settings)
    yield client
    client.close()


def test_every_change_reaches_clickhouse_and_then_leaves_the_outbox(
    meta_sessions: sessionmaker[Session], meta_engine: Engine, clickhouse: Client, subject: str
) -> None:
    """By the running backends' relay, Kafka and ws_monitor."""
    book = AlertBook(meta_sessions)
    alert = book.fire(trouble(subject))
    book.acknowledge(alert.id, "ann")
    book.resolve("test_trouble", subject)

    def stored() -> list[tuple[str, int]]:
        query = "SELECT state, count FROM alerts FINAL WHERE subject = {subject:String} ORDER BY at"
        return [(row[0], row[1]) for row in clickhouse.query(query, parameters={"subject": subject}).result_rows]

    eventually(lambda: len(stored()) == 3, 20, "all three events are in ClickHouse")
    assert stored() == [("firing", 1), ("firing", 1), ("resolved", 1)]

    def left() -> int:
        query = select(func.count()).select_from(OutboxEvent).where(OutboxEvent.key.endswith(subject))
        with meta_engine.connect() as connection:
            return connection.execute(query).scalar_one()

    eventually(lambda: left() == 0, 40, "the relay has confirmed them")
