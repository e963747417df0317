"""What a client of the WebSockets can rely on, and what it can't do to others."""

import asyncio
import contextlib
import json
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ws_monitor.tests.examples import alert, new_ticker, prediction, sample
from ws_monitor.tests.listeners import (
    Frame,
    connect,
    event_ids,
    live_events,
    next_event,
    next_events,
    next_frame,
    nothing_more,
    subscribe,
)
from ws_monitor.tests.servers import Broker, Database, WsMonitor, eventually

NewMonitor = Callable[..., WsMonitor]
ROWS = 'bellwether_sink_rows_total{table="predictions"}'


async def test_a_client_that_resumes_gets_exactly_what_it_missed(shared: WsMonitor) -> None:
    ticker = new_ticker()
    events = [prediction(ticker) for _ in range(30)]
    url = f"{shared.ws}/ws/predictions?tickers={ticker}"
    async with connect(url) as client:
        shared.broker.produce(*events[:10])
        first = await next_events(client, 10)
    async with connect(url) as witness:
        await next_events(witness, 10)
        shared.broker.produce(*events[10:20])
        await next_events(witness, 10)
    async with connect(f"{shared.ws}/ws") as client:
        resume = {"predictions": first[-1]["id"]}
        await subscribe(client, ["predictions"], tickers=[ticker], last_event_ids=resume)
        missed = await next_events(client, 10)
        shared.broker.produce(*events[20:])
        live = await next_events(client, 10)
        assert await nothing_more(client)
    assert [frame["backlog"] for frame in missed + live] == [True] * 10 + [False] * 10
    assert event_ids(first + missed + live) == [str(event.event_id) for event in events]


async def test_every_replica_pushes_everything_and_together_they_write_each_event_once(
    shared: WsMonitor, new_monitor: NewMonitor
) -> None:
    other = new_monitor(shared.broker, shared.database)
    other.start_ready()
    tickers = [new_ticker() for _ in range(24)]
    query = f"?tickers={','.join(tickers)}"
    events = [prediction(tickers[number % 24]) for number in range(600)]
    before = [_metric(server, ROWS) for server in (shared, other)]
    async with (
        connect(f"{shared.ws}/ws/predictions{query}") as client,
        connect(f"{other.ws}/ws/predictions{query}") as client_of_other,
    ):
        both = asyncio.gather(next_events(client, 600, 30), next_events(client_of_other, 600, 30))
        await asyncio.to_thread(shared.broker.produce, *events)
        for seen in await both:
            assert sorted(event_ids(seen)) == sorted(str(event.event_id) for event in events)
    eventually(lambda: shared.database.count(events) == 600)
    written = [_metric(server, ROWS) - was for server, was in zip((shared, other), before, strict=True)]
    assert sum(written) == 600  # counted before ClickHouse could drop a repeat
    assert min(written) > 0


async def test_a_client_resumes_on_another_replica_and_after_a_restart(
    shared: WsMonitor, new_monitor: NewMonitor
) -> None:
    tickers = [new_ticker() for _ in range(5)]
    query = f"?tickers={','.join(tickers)}"
    events = [prediction(tickers[number % 5]) for number in range(40)]
    async with connect(f"{shared.ws}/ws/predictions{query}") as client:
        shared.broker.produce(*events[:20])
        seen = await next_events(client, 20)
    shared.broker.produce(*events[20:])
    other = new_monitor(shared.broker, shared.database)
    other.start()
    async with connect(f"{other.ws}/ws/predictions{query}&last_event_id={seen[11]['id']}") as client:
        rest = await next_events(client, 28)
        assert await nothing_more(client)
    assert sorted(event_ids(seen[:12] + rest)) == sorted(str(event.event_id) for event in events)


async def test_a_position_no_longer_held_is_told_as_a_gap(shared: WsMonitor, new_monitor: NewMonitor) -> None:
    monitor = new_monitor(shared.broker, shared.database, RING_SIZE="5", BACKLOG_SIZE="3")
    monitor.start()
    before, ticker = new_ticker(), new_ticker()
    async with connect(f"{monitor.ws}/ws/predictions?tickers={before},{ticker}") as client:
        shared.broker.produce(prediction(before))
        (seen,) = await next_events(client, 1)
        shared.broker.produce(*(prediction(ticker) for _ in range(8)))
        await next_events(client, 8)
    for last in (seen["id"], "c0ffee000000:1.2", "anything"):
        async with connect(f"{monitor.ws}/ws/predictions?tickers={ticker}&last_event_id={last}") as client:
            assert await next_frame(client) == {"type": "gap", "channel": "predictions", "after": last}
            assert len(await next_events(client, 3)) == 3


async def test_a_restart_keeps_the_backlog_even_when_kafka_lost_it(
    broker: Broker, database: Database, new_monitor: NewMonitor
) -> None:
    monitor = new_monitor(broker, database)
    monitor.start()
    start = datetime.now(UTC)
    events = [prediction(at=start + timedelta(seconds=number)) for number in range(4)]
    broker.produce(*events, trouble := alert())
    eventually(lambda: len(database.ids()) == 4 and database.ids("alerts", "event_id"))
    monitor.kill()
    broker.kill()
    broker.start_with_topics()
    monitor.start()
    async with connect(f"{monitor.ws}/ws/predictions") as client:
        backlog = await next_events(client, 4)
    assert event_ids(backlog) == [str(event.event_id) for event in events]
    async with connect(f"{monitor.ws}/ws/alerts") as client:
        assert event_ids(await next_events(client, 1)) == [str(trouble.event_id)]
    async with connect(f"{monitor.ws}/ws/predictions?last_event_id={backlog[1]['id']}") as client:
        assert event_ids(await next_events(client, 2)) == [str(event.event_id) for event in events[2:]]


async def test_what_a_replay_made_is_not_in_the_backlog(shared: WsMonitor, new_monitor: NewMonitor) -> None:
    ticker = new_ticker()
    shared.broker.produce(served := prediction(ticker))
    eventually(lambda: shared.database.ids(where=f"ticker = '{ticker}'") == [served.event_id])
    with contextlib.closing(shared.database.client()) as client:
        client.command(
            "INSERT INTO predictions SELECT * REPLACE (generateUUIDv4() AS prediction_id, true AS replayed)"
            f" FROM predictions WHERE ticker = '{ticker}'"
        )
    assert len(shared.database.ids(where=f"ticker = '{ticker}'")) == 2
    monitor = new_monitor(shared.broker, shared.database)
    monitor.start()
    async with connect(f"{monitor.ws}/ws/predictions?tickers={ticker}") as client:
        assert event_ids(await next_events(client, 1)) == [str(served.event_id)]
        assert await nothing_more(client)


async def test_a_subscription_selects_channels_and_tickers(shared: WsMonitor) -> None:
    ticker, other = new_ticker(), new_ticker()
    async with connect(f"{shared.ws}/ws") as client:
        await subscribe(client, ["predictions", "alerts"], tickers=[ticker])
        await asyncio.sleep(0.2)
        about, about_other, service = alert(ticker), alert(other), alert("backend1")
        shared.broker.produce(prediction(other), wanted := prediction(ticker), numbers := sample())
        shared.broker.produce(about, about_other, service)
        got = [frame async for frame in live_events(client, 3)]
        assert sorted(event_ids(got)) == sorted(str(event.event_id) for event in (wanted, about, service))
        assert await nothing_more(client)
        await subscribe(client, ["predictions", "alerts", "metrics"], tickers=[ticker])
        samples = [await next_event(client)]
        while samples[-1]["event"]["event_id"] != str(numbers.event_id):
            samples.append(await next_event(client))
        assert all(frame["channel"] == "metrics" and frame["backlog"] for frame in samples)
        assert await nothing_more(client)


async def test_a_client_that_stops_reading_is_told_and_dropped_and_others_get_everything(shared: WsMonitor) -> None:
    ticker, count = new_ticker(), 2000
    events = [prediction(ticker, request_id="x" * 1500) for _ in range(count)]
    url = f"{shared.ws}/ws/predictions?tickers={ticker}"
    dropped = _metric(shared, "bellwether_ws_frames_dropped_total")
    async with connect(url, max_queue=1, ping_interval=None) as slow, connect(url) as healthy:
        slow.transport.pause_reading()
        reading = asyncio.create_task(next_events(healthy, count, 60))
        for start in range(0, count, 100):
            await asyncio.to_thread(shared.broker.produce, *events[start : start + 100])
        assert event_ids(await reading) == [str(event.event_id) for event in events]
        slow.transport.resume_reading()
        frames, code = await _read_to_end(slow)
    assert frames[-1]["type"] == "lagged"
    assert code == 1013
    received = len(frames) - 1
    assert event_ids(frames[:-1]) == [str(event.event_id) for event in events[:received]]
    assert 256 < frames[-1]["missed"] <= count - received
    assert _metric(shared, "bellwether_ws_frames_dropped_total") - dropped == frames[-1]["missed"]


def _metric(server: WsMonitor, name: str) -> float:
    lines = httpx.get(f"{server.http}/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))


async def _read_to_end(client: ClientConnection) -> tuple[list[Frame], int | None]:
    frames: list[Frame] = []
    try:
        while True:
            frames.append(orjson.loads(await client.recv()))
    except ConnectionClosed as closed:
        return frames, closed.rcvd.code if closed.rcvd else None


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:1", "null", "not a url"])
async def test_a_foreign_page_is_refused(shared: WsMonitor, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"{shared.ws}/ws", origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_the_own_page_and_allowed_pages_are_let_in(shared: WsMonitor) -> None:
    for origin in (shared.http, "https://page.example", "http://localhost:5173"):
        async with connect(f"{shared.ws}/ws/alerts", origin=origin):
            pass


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/ws/secrets", 404, "/ws/predictions"),
        ("/ws/predictions?tickers=a%20b", 422, "tickers"),
    ],
)
async def test_a_handshake_for_nothing_that_exists_is_refused_with_a_reason(
    shared: WsMonitor, path: str, status: int, told: str
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(shared.ws + path):
            pass
    answer = refused.value.response
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.body)
    assert (answer.status_code, problem["status"]) == (status, status)
    assert told in problem["detail"]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("no json", "JSON"),
        ("[]", "frame"),
        ('{"type":"subscribe","channels":[]}', "at least 1"),
        ('{"type":"subscribe","channels":["secrets"]}', "'predictions', 'metrics' or 'alerts'"),
        ('{"type":"subscribe","channels":["predictions"],"tickers":["AAPL; DROP TABLE"]}', "pattern"),
        ('{"type":"delete"}', "'subscribe', 'ping'"),
        (b"\x00\x01", "not binary"),
    ],
)
async def test_a_frame_that_makes_no_sense_is_answered_with_what_is_wrong(
    shared: WsMonitor, sent: str | bytes, told: str
) -> None:
    async with connect(f"{shared.ws}/ws") as client:
        await client.send(sent)
        answer = await next_frame(client)
        assert answer["type"] == "error"
        assert told in answer["detail"]
        await client.send('{"type":"ping"}')
        assert (await next_frame(client))["type"] == "heartbeat"
        await subscribe(client, ["predictions"], tickers=["NEW"])
        shared.broker.produce(prediction("NEW"))
        assert (await next_events(client, 1))[0]["event"]["ticker"] == "NEW"


async def test_a_message_in_fragments_is_one_message(shared: WsMonitor) -> None:
    async with connect(f"{shared.ws}/ws") as client:
        await client.send(['{"type":', '"pi', 'ng"}'])
        assert (await next_frame(client))["type"] == "heartbeat"


@pytest.mark.parametrize(("payload", "code"), [(["x" * 20_000], 1009), (['{"type":"ping"}'] * 40, 1008)])
async def test_a_flooding_client_is_cut_off(shared: WsMonitor, payload: list[str], code: int) -> None:
    async with connect(f"{shared.ws}/ws") as client:
        for frame in payload:
            await client.send(frame)
        assert (await _read_to_end(client))[1] == code


async def test_a_flood_of_protocol_pings_is_cut_off_too(shared: WsMonitor) -> None:
    async with connect(f"{shared.ws}/ws") as client:
        for _ in range(40):
            await client.ping()
        assert (await _read_to_end(client))[1] == 1008


async def test_heartbeats_come_at_the_rate_that_hello_names_and_end_who_never_answers(
    shared: WsMonitor, new_monitor: NewMonitor
) -> None:
    monitor = new_monitor(shared.broker, shared.database, HEARTBEAT_SECONDS="0.3")
    monitor.start()
    async with connect(f"{monitor.ws}/ws") as client:
        gone = asyncio.create_task(_never_answer(monitor))
        began = asyncio.get_running_loop().time()
        assert [(await next_frame(client))["type"] for _ in range(8)] == ["heartbeat"] * 8
        assert 2.0 < asyncio.get_running_loop().time() - began < 4
        assert await gone < 2


async def _never_answer(monitor: WsMonitor) -> float:
    """Reads, but sends nothing, not even the answers to pings; returns when the server ended it."""
    began = asyncio.get_running_loop().time()
    reader, writer = await asyncio.open_connection("127.0.0.1", monitor.port)
    key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    writer.write(f"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}\r\n\r\n".encode())
    with contextlib.suppress(ConnectionResetError):
        assert b"101 Switching Protocols" in await reader.readuntil(b"\r\n\r\n")
        await reader.read()
    writer.close()
    return asyncio.get_running_loop().time() - began


async def test_sigterm_closes_clients_as_going_away_commits_and_waits_for_nobody(
    broker: Broker, database: Database, new_monitor: NewMonitor
) -> None:
    monitor = new_monitor(broker, database)
    monitor.start()
    url = f"{monitor.ws}/ws/predictions"
    async with connect(url) as client, connect(url, max_queue=1, ping_interval=None, close_timeout=1) as stalled:
        stalled.transport.pause_reading()
        broker.produce(*(sent := [prediction(request_id="x" * 1500) for _ in range(600)]))
        await next_events(client, 600)
        eventually(lambda: database.count(sent) == 600)
        began = asyncio.get_running_loop().time()
        assert await asyncio.to_thread(monitor.terminate) in {0, -signal.SIGTERM}
        assert asyncio.get_running_loop().time() - began < 8
        assert (await _read_to_end(client))[1] == 1001


def test_the_openapi_document_describes_every_frame(shared: WsMonitor) -> None:
    schemas = httpx.get(f"{shared.http}/openapi.json").json()["components"]["schemas"]
    assert {"ServerFrame", "ClientFrame", "EventFrame", "SubscribeFrame", "PredictionMadeV1"} <= set(schemas)
    text = json.dumps(schemas)
    references = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert references <= set(schemas)
