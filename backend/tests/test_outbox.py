"""The outbox, recorder and relay on the stack's real Postgres and Kafka, with topics of the tests' own."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from queue import Queue
from uuid import UUID, uuid4

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from sqlalchemy import Engine, create_engine, delete, select
from sqlalchemy.orm import Session

from backend.errors import NotRecordedError
from backend.settings import Settings
from backend.src.data.orm import OutboxEvent
from backend.src.events.outbox_store import OutboxStore, Outgoing
from backend.src.events.producer import EventProducer
from backend.src.events.recorder import EventRecorder
from backend.src.events.relay import Relay

pytestmark = pytest.mark.stack

NOWHERE = "127.0.0.1:1"


@pytest.fixture
def topic(settings: Settings, meta_engine: Engine) -> Iterator[str]:
    name = f"test_{uuid4().hex[:12]}"
    admin = AdminClient({"bootstrap.servers": settings.kafka_bootstrap_servers})
    for future in admin.create_topics([NewTopic(name, 1, 1)]).values():
        future.result()
    yield name
    with meta_engine.begin() as connection:
        connection.execute(delete(OutboxEvent).where(OutboxEvent.topic == name))


@pytest.fixture
def producer(settings: Settings) -> Iterator[EventProducer]:
    made = EventProducer(settings.kafka_bootstrap_servers)
    yield made
    made.close()


@pytest.fixture
def producer_to_nowhere() -> Iterator[EventProducer]:
    made = EventProducer(NOWHERE)
    yield made
    made.close()


def events(topic: str, count: int) -> list[Outgoing]:
    return [Outgoing(uuid4(), topic, "KEY", f'{{"n": {n}}}') for n in range(count)]


def consumed(settings: Settings, topic: str, count: int) -> list[str]:
    consumer = Consumer(
        {
            "bootstrap.servers": settings.kafka_bootstrap_servers,
            "group.id": uuid4().hex,
            "fetch.wait.max.ms": 50,
        }
    )
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    values = []
    for _ in range(200):
        message = consumer.poll(0.1)
        if message is not None and message.error() is None:
            values.append((message.value() or b"").decode())
        if len(values) == count:
            break
    consumer.close()
    return values


def in_outbox(engine: Engine, topic: str) -> dict[UUID, bool]:
    """Event ids of a topic, and whether each is marked as sent."""
    with Session(engine) as session:
        rows = session.scalars(select(OutboxEvent).where(OutboxEvent.topic == topic)).all()
        return {row.event_id: row.sent_at is not None for row in rows}


async def recorded(
    recorder: EventRecorder, wanted: list[Outgoing], settle_seconds: float = 0
) -> list[BaseException | None]:
    serving = asyncio.create_task(recorder.run())
    outcomes = await asyncio.gather(*(recorder.record(event) for event in wanted), return_exceptions=True)
    await asyncio.sleep(settle_seconds)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    return outcomes


async def test_a_recorded_event_is_in_postgres_and_reaches_kafka(
    settings: Settings, meta_engine: Engine, producer: EventProducer, topic: str
) -> None:
    outbox, wanted = OutboxStore(meta_engine), events(topic, 100)
    recorder = EventRecorder(outbox, producer, Relay(meta_engine, outbox, producer))
    assert await recorded(recorder, wanted, settle_seconds=2) == [None] * 100
    assert in_outbox(meta_engine, topic) == {event.event_id: True for event in wanted}
    assert consumed(settings, topic, 100) == [event.payload for event in wanted]


async def test_recording_waits_for_no_work_beside_the_requests(
    meta_engine: Engine, producer: EventProducer, topic: str
) -> None:
    """Threads of the loop's own may all be held by work that waits for a store that is away."""
    outbox, free = OutboxStore(meta_engine), threading.Event()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    held = asyncio.create_task(asyncio.to_thread(free.wait))
    try:
        recorder = EventRecorder(outbox, producer, Relay(meta_engine, outbox, producer))
        async with asyncio.timeout(5):
            assert await recorded(recorder, events(topic, 3)) == [None] * 3
    finally:
        free.set()
        await held


async def test_with_kafka_away_events_wait_in_the_outbox_and_are_sent_in_order_later(
    settings: Settings,
    meta_engine: Engine,
    producer: EventProducer,
    producer_to_nowhere: EventProducer,
    topic: str,
) -> None:
    outbox, wanted = OutboxStore(meta_engine), events(topic, 50)
    away = EventRecorder(outbox, producer_to_nowhere, Relay(meta_engine, outbox, producer_to_nowhere))
    assert await recorded(away, wanted) == [None] * 50
    assert set(in_outbox(meta_engine, topic).values()) == {False}
    relay = Relay(meta_engine, outbox, producer)
    for _ in range(50):
        if await asyncio.to_thread(relay.send_pending, timedelta(0)):
            break
        await asyncio.sleep(0.1)  # a backend's relay holds the lock
    assert set(in_outbox(meta_engine, topic).values()) == {True}
    assert consumed(settings, topic, 50) == [event.payload for event in wanted]


async def test_with_postgres_away_kafka_vouches_and_the_outbox_gets_the_event_later(
    settings: Settings, meta_engine: Engine, producer: EventProducer, topic: str
) -> None:
    away = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 1})
    wanted = events(topic, 5)
    outbox = OutboxStore(away)
    recorder = EventRecorder(outbox, producer, Relay(away, outbox, producer))
    assert await recorded(recorder, wanted) == [None] * 5
    assert consumed(settings, topic, 5) == [event.payload for event in wanted]
    recorder._outbox = OutboxStore(meta_engine)  # Postgres is back
    await recorded(recorder, [], settle_seconds=1.5)
    assert in_outbox(meta_engine, topic) == {event.event_id: True for event in wanted}


async def test_with_both_away_the_forecast_is_refused(producer_to_nowhere: EventProducer) -> None:
    away = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 1})
    outbox = OutboxStore(away)
    recorder = EventRecorder(outbox, producer_to_nowhere, Relay(away, outbox, producer_to_nowhere))
    (outcome,) = await recorded(recorder, events("test_none", 1))
    assert isinstance(outcome, NotRecordedError)


def test_repeats_of_an_event_are_dropped(meta_engine: Engine, topic: str) -> None:
    outbox, (event,) = OutboxStore(meta_engine), events(topic, 1)
    outbox.add([event])
    outbox.add([event, *events(topic, 1)])
    assert len(in_outbox(meta_engine, topic)) == 2


def unknown() -> Outgoing:
    return Outgoing(uuid4(), "no such topic!", "KEY", "{}")


def test_a_failed_delivery_does_not_stop_the_producer(producer: EventProducer, topic: str) -> None:
    assert producer.send_all([unknown()]) == []
    (event,) = events(topic, 1)
    assert producer.send_all([event]) == [event.event_id]


def test_a_topic_that_is_known_to_be_missing_is_reported_and_not_raised(producer: EventProducer) -> None:
    """Sent from within the first report, so that the client still remembers that the topic is missing."""
    reports: Queue[bool] = Queue()

    def send_another(_event_id: UUID, ok: bool) -> None:
        reports.put(ok)
        producer.send(unknown(), lambda _event_id, ok: reports.put(ok))

    producer.send(unknown(), send_another)
    assert [reports.get(timeout=20), reports.get(timeout=20)] == [False, False]
