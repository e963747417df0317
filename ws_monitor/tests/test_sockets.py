"""What a client of the WebSockets can rely on, and what it can't do to others."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ws_monitor.tests.conftest import Broker, Gateway, WsMonitor, eventually
from ws_monitor.tests.examples import alert, prediction, sample
from ws_monitor.tests.listeners import Frame, connect, event_ids, next_events, next_frame, nothing_more, subscribe


async def test_a_client_that_resumes_gets_exactly_what_it_missed(broker: Broker, monitor: WsMonitor) -> None:
    events = [prediction() for _ in range(30)]
    async with connect(f"{monitor.ws}/ws/predictions") as client:
        broker.produce(*events[:10])
        first = await next_events(client, 10)
    async with connect(f"{monitor.ws}/ws/predictions") as witness:
        await next_events(witness, 10)
        broker.produce(*events[10:20])
        await next_events(witness, 10)
    async with connect(f"{monitor.ws}/ws") as client:
        await subscribe(client, ["predictions"], last_event_ids={"predictions": first[-1]["id"]})
        missed = await next_events(client, 10)
        broker.produce(*events[20:])
        live = await next_events(client, 10)
        assert await nothing_more(client)
    assert [frame["backlog"] for frame in missed + live] == [True] * 10 + [False] * 10
    assert event_ids(first + missed + live) == [str(event.event_id) for event in events]


async def test_a_client_resumes_on_another_replica_and_after_a_restart(
    broker: Broker, new_monitor: Callable[..., WsMonitor]
) -> None:
    one, other = new_monitor(), new_monitor()
    one.start_ready()
    tickers = ["AAPL", "MSFT", "IBM", "2330.TW", "GOOG"]
    events = [prediction(tickers[number % 5]) for number in range(40)]
    async with connect(f"{one.ws}/ws/predictions") as client:
        broker.produce(*events[:20])
        seen = await next_events(client, 20)
    broker.produce(*events[20:])
    one.kill()
    other.start()
    async with connect(f"{other.ws}/ws/predictions?last_event_id={seen[11]['id']}") as client:
        rest = await next_events(client, 28)
        assert await nothing_more(client)
    assert sorted(event_ids(seen[:12] + rest)) == sorted(str(event.event_id) for event in events)


async def test_a_position_no_longer_held_is_told_as_a_gap(
    broker: Broker, new_monitor: Callable[..., WsMonitor]
) -> None:
    monitor = new_monitor(RING_SIZE="5", BACKLOG_SIZE="3")
    monitor.start_ready()
    async with connect(f"{monitor.ws}/ws/predictions") as client:
        broker.produce(prediction())
        (seen,) = await next_events(client, 1)
        broker.produce(*(prediction() for _ in range(8)))
        await next_events(client, 8)
    for last in (seen["id"], "c0ffee000000:1.2", "anything"):
        async with connect(f"{monitor.ws}/ws/predictions?last_event_id={last}") as client:
            assert await next_frame(client) == {"type": "gap", "channel": "predictions", "after": last}
            assert len(await next_events(client, 3)) == 3


async def test_a_restart_keeps_the_backlog_even_when_kafka_lost_it(
    broker: Broker, gateway: Gateway, new_monitor: Callable[..., WsMonitor]
) -> None:
    monitor = new_monitor()
    monitor.start_ready()
    start = datetime.now(UTC)
    events = [prediction(at=start + timedelta(seconds=number)) for number in range(4)]
    broker.produce(*events, trouble := alert())
    eventually(lambda: len(gateway.ids()) == 4 and gateway.ids("alerts", "event_id"))
    monitor.kill()
    broker.kill()
    broker.start()
    broker.create_topics()
    monitor.start()
    async with connect(f"{monitor.ws}/ws/predictions") as client:
        backlog = await next_events(client, 4)
    assert event_ids(backlog) == [str(event.event_id) for event in events]
    async with connect(f"{monitor.ws}/ws/alerts") as client:
        assert event_ids(await next_events(client, 1)) == [str(trouble.event_id)]
    async with connect(f"{monitor.ws}/ws/predictions?last_event_id={backlog[1]['id']}") as client:
        assert event_ids(await next_events(client, 2)) == [str(event.event_id) for event in events[2:]]


async def test_what_a_replay_made_is_not_in_the_backlog(
    broker: Broker, gateway: Gateway, new_monitor: Callable[..., WsMonitor]
) -> None:
    monitor = new_monitor()
    monitor.start_ready()
    broker.produce(served := prediction())
    eventually(lambda: gateway.ids() == [served.event_id])
    monitor.kill()
    with contextlib.closing(gateway.client()) as client:
        client.command(
            "INSERT INTO predictions SELECT * REPLACE (generateUUIDv4() AS prediction_id, true AS replayed)"
            " FROM predictions"
        )
    assert len(gateway.ids()) == 2
    monitor.start()
    async with connect(f"{monitor.ws}/ws/predictions") as client:
        assert event_ids(await next_events(client, 1)) == [str(served.event_id)]
        assert await nothing_more(client)


async def test_a_subscription_selects_channels_and_tickers(broker: Broker, monitor: WsMonitor) -> None:
    async with connect(f"{monitor.ws}/ws") as client:
        await subscribe(client, ["predictions", "alerts"], tickers=["IBM"])
        ibm, apple, service = alert("IBM"), alert("AAPL"), alert("backend1")
        broker.produce(prediction("AAPL"), wanted := prediction("IBM"), sample(), ibm, apple, service)
        got = await next_events(client, 3)
        assert sorted(event_ids(got)) == sorted(str(event.event_id) for event in (wanted, ibm, service))
        await subscribe(client, ["predictions", "alerts", "metrics"], tickers=["IBM"])
        (numbers,) = await next_events(client, 1)
        assert numbers["channel"] == "metrics"
        assert numbers["backlog"]
        assert await nothing_more(client)


async def test_a_client_that_stops_reading_is_told_and_dropped_and_others_get_everything(
    broker: Broker, new_monitor: Callable[..., WsMonitor]
) -> None:
    monitor = new_monitor()
    monitor.start_ready()
    count = 6000
    events = [prediction(request_id="x" * 1500) for _ in range(count)]
    slow_options = {"max_queue": 1, "ping_interval": None}
    async with (
        connect(f"{monitor.ws}/ws/predictions", **slow_options) as slow,
        connect(f"{monitor.ws}/ws/predictions") as healthy,
    ):
        reading = asyncio.create_task(next_events(healthy, count, 60))
        for start in range(0, count, 100):
            await asyncio.to_thread(broker.produce, *events[start : start + 100])
        assert sorted(event_ids(await reading)) == sorted(str(event.event_id) for event in events)
        frames, code = await _read_to_end(slow)
    assert frames[-1]["type"] == "lagged"
    assert code == 1013
    received = len(frames) - 1
    assert 256 < frames[-1]["missed"] <= count - received
    numbers = (await asyncio.to_thread(httpx.get, f"{monitor.http}/metrics")).text
    assert f"bellwether_ws_frames_dropped_total {float(frames[-1]['missed'])}" in numbers


async def _read_to_end(client: ClientConnection) -> tuple[list[Frame], int | None]:
    frames: list[Frame] = []
    try:
        while True:
            frames.append(orjson.loads(await client.recv()))
    except ConnectionClosed as closed:
        return frames, closed.rcvd.code if closed.rcvd else None


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:1", "null", "not a url"])
async def test_a_foreign_page_is_refused(shared_monitor: WsMonitor, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"{shared_monitor.ws}/ws", origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_the_own_page_and_allowed_pages_are_let_in(new_monitor: Callable[..., WsMonitor]) -> None:
    monitor = new_monitor(ALLOWED_ORIGINS="https://page.example, http://localhost:5173/")
    monitor.start_ready()
    for origin in (monitor.http, "https://page.example", "http://localhost:5173"):
        async with connect(f"{monitor.ws}/ws/alerts", origin=origin):
            pass


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
    shared_monitor: WsMonitor, sent: str | bytes, told: str
) -> None:
    async with connect(f"{shared_monitor.ws}/ws") as client:
        await client.send(sent)
        answer = await next_frame(client)
        assert answer["type"] == "error"
        assert told in answer["detail"]
        await client.send('{"type":"ping"}')
        assert (await next_frame(client))["type"] == "heartbeat"
        await subscribe(client, ["predictions"], tickers=["NEW"])
        shared_monitor.broker.produce(prediction("NEW"))
        assert (await next_events(client, 1))[0]["event"]["ticker"] == "NEW"


@pytest.mark.parametrize(("payload", "code"), [(["x" * 20_000], 1009), (['{"type":"ping"}'] * 40, 1008)])
async def test_a_flooding_client_is_cut_off(shared_monitor: WsMonitor, payload: list[str], code: int) -> None:
    async with connect(f"{shared_monitor.ws}/ws") as client:
        for frame in payload:
            await client.send(frame)
        assert (await _read_to_end(client))[1] == code


async def test_heartbeats_come_at_the_rate_that_hello_names(new_monitor: Callable[..., WsMonitor]) -> None:
    monitor = new_monitor(HEARTBEAT_SECONDS="0.3")
    monitor.start_ready()
    async with connect(f"{monitor.ws}/ws") as client:
        began = asyncio.get_running_loop().time()
        assert [(await next_frame(client))["type"] for _ in range(4)] == ["heartbeat"] * 4
        assert 0.8 < asyncio.get_running_loop().time() - began < 2


async def test_sigterm_closes_clients_as_going_away_and_commits(
    broker: Broker, gateway: Gateway, monitor: WsMonitor
) -> None:
    async with connect(f"{monitor.ws}/ws/predictions") as client:
        broker.produce(sent := prediction())
        await next_events(client, 1)
        await asyncio.to_thread(monitor.terminate)
        assert (await _read_to_end(client))[1] == 1001
    assert gateway.ids() == [sent.event_id]


def test_the_openapi_document_describes_every_frame(shared_monitor: WsMonitor) -> None:
    schemas = httpx.get(f"{shared_monitor.http}/openapi.json").json()["components"]["schemas"]
    assert {"ServerFrame", "ClientFrame", "EventFrame", "SubscribeFrame", "PredictionMadeV1"} <= set(schemas)
    text = json.dumps(schemas)
    references = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert references <= set(schemas)
