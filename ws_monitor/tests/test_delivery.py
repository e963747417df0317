"""What is produced arrives: in clients and in ClickHouse, whatever fails on the way."""

import contextlib
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import orjson
from confluent_kafka import Consumer, Message

from bellwether_contracts import topics
from bellwether_contracts.events import Event, from_kafka
from ws_monitor.replay import replay
from ws_monitor.tests.conftest import Broker, Gateway, WsMonitor, eventually
from ws_monitor.tests.examples import alert, prediction, sample
from ws_monitor.tests.listeners import connect, event_ids, next_events


async def test_an_event_reaches_the_client_and_its_row_is_what_was_sent(
    broker: Broker, gateway: Gateway, monitor: WsMonitor
) -> None:
    sent = prediction("2330.TW", exchange="XTAI", degraded=True, degraded_reason="no champion", model_id=None)
    async with connect(f"{monitor.ws}/ws/predictions") as client:
        broker.produce(sent)
        (frame,) = await next_events(client, 1)
    assert from_kafka(orjson.dumps(frame["event"])) == sent
    eventually(lambda: gateway.ids() == [sent.event_id])
    with contextlib.closing(gateway.client()) as clickhouse:
        (row,) = clickhouse.query("SELECT * FROM predictions FINAL").named_results()
    assert (row["ticker"], row["exchange"], row["model_id"]) == ("2330.TW", "XTAI", None)
    assert (row["lower_95"], row["upper_50"]) == (sent.bands[2].lower, sent.bands[0].upper)
    assert (row["degraded"], row["degraded_reason"]) == (True, "no champion")
    assert row["target_session"] == sent.target_session
    assert abs(row["made_at"].replace(tzinfo=sent.at.tzinfo) - sent.at).total_seconds() < 0.001


async def test_alerts_and_samples_are_stored_with_their_evidence_and_numbers(
    broker: Broker, gateway: Gateway, monitor: WsMonitor
) -> None:
    trouble, numbers = alert(), sample()
    broker.produce(trouble, numbers)
    eventually(lambda: gateway.ids("alerts", "event_id") and gateway.ids("service_metrics", "event_id"))
    with contextlib.closing(gateway.client()) as clickhouse:
        (row,) = clickhouse.query("SELECT * FROM alerts FINAL").named_results()
        assert orjson.loads(row["evidence"]) == {"z": 4.5, "sessions": 20, "model": None}
        rows = clickhouse.query("SELECT name, value FROM service_metrics FINAL").result_rows
        values = {name: value for name, value in rows}  # noqa: C416 # rows are sequences, not pairs
    assert values == {
        "up": 1.0,
        "requests": 2.5,
        "request_duration:p50": 0.01,
        "request_duration:p95": 0.02,
        "clients": 3.0,
    }
    assert monitor.process is not None


def test_a_repeated_event_is_one_row(broker: Broker, gateway: Gateway, monitor: WsMonitor) -> None:
    sent = prediction()
    broker.produce(sent)
    eventually(lambda: gateway.ids() == [sent.event_id])
    broker.produce(sent, sent, last := prediction())
    eventually(lambda: last.event_id in gateway.ids())
    assert sorted(gateway.ids()) == sorted([sent.event_id, last.event_id])
    assert monitor.ready().status_code == 200


def test_killed_while_it_writes_it_loses_and_doubles_nothing(
    broker: Broker, gateway: Gateway, new_monitor: Callable[..., WsMonitor]
) -> None:
    monitor = new_monitor(SINK_BATCH_ROWS="20", SINK_BATCH_SECONDS="0.05")
    monitor.start_ready()
    sent: set[UUID] = set()
    for round_ in range(4):
        events = [prediction() for _ in range(150)]
        broker.produce(*events)
        sent |= {event.event_id for event in events}
        time.sleep(0.1 * round_)
        monitor.kill()
        monitor.start()
    eventually(lambda: set(gateway.ids()) == sent, 40)
    assert len(gateway.ids()) == len(sent)


def test_clickhouse_away_costs_no_row_and_is_told(broker: Broker, gateway: Gateway, monitor: WsMonitor) -> None:
    broker.produce(before := prediction())
    eventually(lambda: gateway.ids() == [before.event_id])
    gateway.kill()
    events = [prediction() for _ in range(300)]
    broker.produce(*events)
    told = eventually(lambda: (answer := monitor.ready()).status_code == 503 and answer.json(), 10)
    assert isinstance(told, dict)
    assert "clickhouse" in told["checks"]
    time.sleep(2)
    gateway.start()
    wanted = {before.event_id, *(event.event_id for event in events)}
    eventually(lambda: set(gateway.ids()) == wanted, 30)
    assert len(gateway.ids()) == len(wanted)
    eventually(lambda: monitor.ready().status_code == 200)


async def test_a_broker_that_comes_back_empty_is_read_from_its_beginning(
    broker: Broker, gateway: Gateway, monitor: WsMonitor
) -> None:
    first = [prediction() for _ in range(20)]
    async with connect(f"{monitor.ws}/ws/predictions") as client:
        broker.produce(*first)
        assert sorted(event_ids(await next_events(client, 20))) == sorted(str(event.event_id) for event in first)
        eventually(lambda: len(gateway.ids()) == 20)
        broker.kill()
        eventually(lambda: "kafka" in monitor.ready().json().get("checks", {}), 15)
        assert monitor.ready().status_code == 503
        broker.start()
        broker.create_topics()
        # More than before: a reader that trusted its old offset would skip the first 20.
        second = [prediction() for _ in range(60)]
        broker.produce(*second)
        assert sorted(event_ids(await next_events(client, 60, 20))) == sorted(str(event.event_id) for event in second)
    eventually(lambda: len(gateway.ids()) == 80, 30)
    eventually(lambda: monitor.ready().status_code == 200, 30)


def test_poison_goes_to_the_dead_letter_topic_with_its_error_and_stops_nothing(
    broker: Broker, gateway: Gateway, monitor: WsMonitor
) -> None:
    bandless = prediction(bands=[])
    unstorable = prediction(horizon=70_000)  # the column is a UInt16
    far = prediction(target_session=date(2300, 1, 2))  # ClickHouse would store the last day that it can
    old = prediction(at=datetime(1899, 12, 31, 23, 59, tzinfo=UTC))
    edges = [prediction(last_session=date(1901, 1, 1)), prediction(target_session=date(2298, 12, 31))]
    good = [*(prediction() for _ in range(5)), *edges]
    poison: list[Event | tuple[str, bytes]] = [("stock_predictions", b"\xff not json"), bandless, far, old]
    broker.produce(good[0], *poison, *good[1:3], unstorable, *good[3:])
    letters = _dead_letters(broker, "stock_predictions.dlq", 5)
    by_value = {letter.value(): _headers(letter) for letter in letters}
    assert set(by_value) == {b"\xff not json", *(event.to_kafka() for event in (bandless, far, old, unstorable))}
    assert "target_session 2300-01-02 is outside" in by_value[far.to_kafka()]["error"]
    assert "made_at 1899-12-31" in by_value[old.to_kafka()]["error"]
    assert "JSON" in by_value[b"\xff not json"]["error"]
    assert "bands of coverage" in by_value[bandless.to_kafka()]["error"]
    assert {headers["attempts"] for headers in by_value.values()} == {"5"}
    assert {headers["topic"] for headers in by_value.values()} == {"stock_predictions"}
    eventually(lambda: set(gateway.ids()) == {event.event_id for event in good})
    with contextlib.closing(gateway.client()) as clickhouse:
        stored = clickhouse.query("SELECT min(last_session), max(target_session) FROM predictions").result_rows
    assert stored == [(date(1901, 1, 1), date(2298, 12, 31))]
    assert monitor.ready().status_code == 200


def test_dead_letters_are_put_back_once_what_refused_them_is_mended(
    broker: Broker, gateway: Gateway, monitor: WsMonitor
) -> None:
    refused = [prediction(horizon=70_000) for _ in range(3)]  # the column is a UInt16
    broker.produce(*refused)
    assert len(_dead_letters(broker, "stock_predictions.dlq", 3)) == 3
    with contextlib.closing(gateway.client()) as clickhouse:
        clickhouse.command("ALTER TABLE predictions MODIFY COLUMN horizon UInt32")
    monitor.terminate()
    monitor.start()
    topic = topics.PREDICTIONS.name
    assert replay(broker.bootstrap, [topic]) == {topic: 3}
    eventually(lambda: set(gateway.ids()) == {event.event_id for event in refused})
    assert replay(broker.bootstrap, [topic]) == {topic: 0}


def _headers(letter: Message) -> dict[str, str]:
    headers = letter.headers() or []
    pairs = headers.items() if isinstance(headers, dict) else headers
    return {name: value.decode() if isinstance(value, bytes) else str(value) for name, value in pairs}


def _dead_letters(broker: Broker, topic: str, count: int) -> list[Message]:
    config = {"bootstrap.servers": broker.bootstrap, "group.id": "test", "session.timeout.ms": 6000}
    consumer = Consumer({**config, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    found: list[Message] = []
    deadline = time.monotonic() + 20
    while len(found) < count and time.monotonic() < deadline:
        found += [message for message in consumer.consume(10, 0.5) if not message.error()]
    consumer.close()
    return found
