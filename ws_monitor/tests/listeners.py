"""WebSocket clients of the tests."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket

Frame = dict[str, Any]


@asynccontextmanager
async def connect(url: str, **options: Any) -> AsyncIterator[ClientConnection]:
    """A client that has had its hello."""
    async with open_socket(url, compression=None, **options) as client:
        assert (await next_frame(client))["type"] == "hello"
        yield client


async def next_frame(client: ClientConnection, seconds: float = 10) -> Frame:
    async with asyncio.timeout(seconds):
        frame: Frame = orjson.loads(await client.recv())
    return frame


async def next_events(client: ClientConnection, count: int, seconds: float = 10) -> list[Frame]:
    """The next event frames; heartbeats in between don't count."""
    found: list[Frame] = []
    async with asyncio.timeout(seconds):
        while len(found) < count:
            frame = await next_frame(client, seconds)
            if frame["type"] != "heartbeat":
                assert frame["type"] == "event", frame
                found.append(frame)
    return found


async def next_event(client: ClientConnection, seconds: float = 10) -> Frame:
    return (await next_events(client, 1, seconds))[0]


async def live_events(client: ClientConnection, count: int) -> AsyncIterator[Frame]:
    """The next events that are not the past."""
    while count:
        frame = await next_event(client)
        if not frame["backlog"]:
            count -= 1
            yield frame


async def nothing_more(client: ClientConnection, seconds: float = 0.5) -> bool:
    """Whether nothing but heartbeats comes."""
    try:
        await next_event(client, seconds)
    except TimeoutError:
        return True
    return False


async def subscribe(client: ClientConnection, channels: Sequence[str], **more: Any) -> None:
    await client.send(orjson.dumps({"type": "subscribe", "channels": list(channels), **more}).decode())


def event_ids(frames: Sequence[Frame]) -> list[str]:
    return [frame["event"]["event_id"] for frame in frames]
