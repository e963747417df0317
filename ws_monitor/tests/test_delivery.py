"""What is produced arrives: in clients and in ClickHouse, whatever fails on the way."""

import contextlib
import time
from collections.abc import Callable

import orjson
from confluent_kafka import Consumer, Message

from bellwether_contracts import topics
from bellwether_contracts.events import from_kafka
from ws_monitor.replay import replay
from ws_monitor.tests.examples import alert, new_ticker, prediction, sample
from ws_monitor.tests.listeners import connect, event_ids, next_events
from ws_monitor.tests.servers import Broker, Database, Gateway, WsMonitor, eventually

NewMonitor = Callable[..., WsMonitor]


async def test_an_event_reaches_the_client_and_its_row_is_what_was_sent(shared: WsMonitor) -> None:
    ticker = new_ticker()
    sent = prediction(ticker, exchange="XTAI", degraded=True, degraded_reason="no champion", model_id=None)
    async with connect(f"{shared.ws}/ws/predictions?tickers={ticker}") as client:
        shared.broker.produce(sent)
        (frame,) = await next_events(client, 1)
    assert from_kafka(orjson.dumps(frame["event"])) == sent
    mine = f"ticker = '{ticker}'"
    eventually(lambda: shared.database.ids(where=mine) == [sent.event_id])
    with contextlib.closing(shared.database.client()) as clickhouse:
        (row,) = clickhouse.query(f"SELECT * FROM predictions FINAL WHERE {mine}").named_results()
    assert (row["ticker"], row["exchange"], row["model_id"]) == (ticker, "XTAI", None)
    assert (row["lower_95"], row["upper_50"]) == (sent.bands[2].lower, sent.bands[0].upper)
    assert (row["degraded"], row["degraded_reason"]) == (True, "no champion")
    assert row["target_session"] == sent.target_session
    assert abs(row["made_at"].replace(tzinfo=sent.at.tzinfo) - sent.at).total_seconds() < 0.001


def test_alerts_and_samples_are_stored_with_their_evidence_and_numbers(shared: WsMonitor) -> None:
    trouble, numbers = alert(), sample()
    of_trouble, of_numbers = (f"event_id = '{event.event_id}'" for event in (trouble, numbers))
    shared.broker.produce(trouble, numbers)
    database = shared.database
    eventually(lambda: database.ids("alerts", "event_id", of_trouble))
    eventually(lambda: len(database.ids("service_metrics", "event_id", of_numbers)) == 5)
    with contextlib.closing(database.client()) as clickhouse:
        (row,) = clickhouse.query(f"SELECT * FROM alerts FINAL WHERE {of_trouble}").named_results()
        assert orjson.loads(row["evidence"]) == {"z": 4.5, "sessions": 20, "model": None}
        rows = clickhouse.query(f"SELECT name, value FROM service_metrics FINAL WHERE {of_numbers}").result_rows
        values = {name: value for name, value in rows}  # noqa: C416 # rows are sequences, not pairs
    assert values == {
        "up": 1.0,
        "requests": 2.5,
        "request_duration:p50": 0.01,
        "request_duration:p95": 0.02,
        "clients": 3.0,
    }


def test_a_repeated_event_is_one_row(shared: WsMonitor) -> None:
    sent, last = prediction(), prediction()
    shared.broker.produce(sent)
    eventually(lambda: shared.database.count([sent]) == 1)
    shared.broker.produce(sent, sent, last)
    eventually(lambda: shared.database.count([last]) == 1)
    assert shared.database.count([sent, last]) == 2


def test_killed_while_it_writes_it_loses_and_doubles_nothing(
    broker: Broker, database: Database, new_monitor: NewMonitor
) -> None:
    monitor = new_monitor(broker, database, SINK_BATCH_ROWS="20", SINK_BATCH_SECONDS="0.05")
    monitor.start()
    sent = [prediction() for _ in range(800)]
    broker.produce(*sent)
    eventually(lambda: len(database.ids()) > 0, every=0.01)
    monitor.kill()
    assert database.count(sent) < len(sent), "killed too late to prove anything"
    monitor.start()
    eventually(lambda: database.count(sent) == len(sent))
    assert len(database.ids()) == len(sent)


def test_clickhouse_away_costs_no_row_and_is_told(shared: WsMonitor, gateway: Gateway) -> None:
    before = prediction()
    shared.broker.produce(before)
    eventually(lambda: shared.database.count([before]) == 1)
    gateway.kill()
    events = [prediction() for _ in range(300)]
    shared.broker.produce(*events)
    told = eventually(lambda: (answer := shared.ready()).status_code == 503 and answer.json(), 10)
    assert isinstance(told, dict)
    assert "clickhouse" in told["checks"]
    eventually(lambda: "sink" in shared.ready().json().get("checks", {}), 10)
    gateway.start()
    eventually(lambda: shared.database.count([before, *events]) == 301)
    eventually(lambda: shared.ready().status_code == 200)


async def test_a_broker_that_comes_back_empty_is_read_from_its_beginning(shared: WsMonitor) -> None:
    ticker, broker = new_ticker(), shared.broker
    first = [prediction(ticker) for _ in range(20)]
    # More than before: a reader that trusted its old offset would skip the first 20.
    second = [prediction(ticker) for _ in range(60)]
    async with connect(f"{shared.ws}/ws/predictions?tickers={ticker}") as client:
        broker.produce(*first)
        assert event_ids(await next_events(client, 20)) == [str(event.event_id) for event in first]
        eventually(lambda: shared.database.count(first) == 20)
        broker.kill()
        eventually(lambda: "kafka" in shared.ready().json().get("checks", {}), 15)
        assert shared.ready().status_code == 503
        broker.start_with_topics()
        broker.produce(*second)
        assert sorted(event_ids(await next_events(client, 60, 20))) == sorted(str(event.event_id) for event in second)
    eventually(lambda: shared.database.count([*first, *second]) == 80)
    eventually(lambda: shared.ready().status_code == 200)


def test_poison_goes_to_the_dead_letter_topic_with_its_error_and_stops_nothing(shared: WsMonitor) -> None:
    bandless = prediction(bands=[])
    unstorable = prediction(horizon=70_000)  # the column is a UInt16
    garbage = f"\xff not json {new_ticker()}".encode("latin-1")
    good = [prediction() for _ in range(5)]
    shared.broker.produce(good[0], ("stock_predictions", garbage), bandless, *good[1:3], unstorable, *good[3:])
    letters = _dead_letters(shared.broker, "stock_predictions.dlq", 3)
    by_value = {letter.value(): _headers(letter) for letter in letters}
    assert set(by_value) == {garbage, bandless.to_kafka(), unstorable.to_kafka()}
    assert "JSON" in by_value[garbage]["error"]
    assert "bands of coverage" in by_value[bandless.to_kafka()]["error"]
    assert {headers["attempts"] for headers in by_value.values()} == {"5"}
    assert {headers["topic"] for headers in by_value.values()} == {"stock_predictions"}
    eventually(lambda: shared.database.count(good) == 5)
    assert shared.ready().status_code == 200


def test_dead_letters_are_put_back_once_what_refused_them_is_mended(
    broker: Broker, database: Database, new_monitor: NewMonitor
) -> None:
    monitor = new_monitor(broker, database)
    monitor.start()
    refused = [prediction(horizon=70_000) for _ in range(3)]  # the column is a UInt16
    broker.produce(*refused)
    assert len(_dead_letters(broker, "stock_predictions.dlq", 3)) == 3
    with contextlib.closing(database.client()) as clickhouse:
        clickhouse.command("ALTER TABLE predictions MODIFY COLUMN horizon UInt32")
    monitor.terminate()
    monitor.start()
    topic = topics.PREDICTIONS.name
    assert replay(broker.bootstrap, [topic]) == {topic: 3}
    eventually(lambda: database.count(refused) == 3)
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
    deadline = time.monotonic() + 60
    while len(found) < count and time.monotonic() < deadline:
        found += [message for message in consumer.consume(10, 0.5) if not message.error()]
    consumer.close()
    return found
