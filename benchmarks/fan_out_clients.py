"""The clients of `fan_out.py`, one process: says `ready`, listens, and prints what it got as one line of JSON."""

import argparse
import asyncio
import contextlib
import time
from array import array
from dataclasses import dataclass, field

import numpy as np
import orjson
import uvloop
from fan_out_servers import NUMBER_DIGITS, STAMP, STAMP_DIGITS
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

IDLE_SECONDS = 5
"""Nothing for this long: what has not come is lost."""

_END_OF_STAMP = STAMP_DIGITS + NUMBER_DIGITS


@dataclass
class Tally:
    """What all clients saw."""

    expected: int
    latencies_ns: "array[int]" = field(default_factory=lambda: array("q"))
    out_of_order: int = 0
    unfinished: int = 0
    last_at: float = field(default_factory=time.monotonic)
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> None:
        """Until every client has the last message, or nothing comes any more."""
        self.last_at = time.monotonic()
        while not self.finished.is_set() and (left := self.last_at + IDLE_SECONDS - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.finished.wait(), left)


class Listener(WSListener):
    """One client that reads all it gets. The frames are parsed in C, so that the clients are not the bottleneck."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self._tally = tally
        self._next = 0

    def on_ws_frame(self, _transport: WSTransport, frame: WSFrame) -> None:
        """Note how old a message is, and that it is the one after the last."""
        if frame.msg_type != WSMsgType.TEXT:
            return
        now = time.monotonic_ns()
        text = frame.get_payload_as_bytes()
        at = text.find(STAMP)
        if at < 0:
            return
        at += len(STAMP)
        tally = self._tally
        tally.latencies_ns.append(now - int(text[at : at + STAMP_DIGITS]))
        number = int(text[at + STAMP_DIGITS : at + _END_OF_STAMP])
        if number != self._next:
            tally.out_of_order += 1
        self._next = number + 1
        tally.last_at = now / 1e9
        if self._next == tally.expected:
            tally.unfinished -= 1
            if not tally.unfinished:
                tally.finished.set()


async def stall(url: str, until: asyncio.Event) -> tuple[bool, int | None]:
    """Stop reading until told to go on; returns whether the client was told that it lagged, and the close code."""
    async with connect(url, compression=None, max_queue=1, ping_interval=None, close_timeout=1) as client:
        client.transport.pause_reading()
        await until.wait()
        client.transport.resume_reading()
        return await _read_to_end(client)


async def _read_to_end(client: ClientConnection) -> tuple[bool, int | None]:
    told = False
    try:
        async with asyncio.timeout(30):
            while True:
                told = orjson.loads(await client.recv())["type"] == "lagged"
    except ConnectionClosed as closed:
        return told, closed.rcvd.code if closed.rcvd else None
    except TimeoutError:
        return told, None


async def listen(url: str, healthy: int, stalled: int, expected: int) -> None:
    """Attach the clients, wait for the end, print."""
    tally, over = Tally(expected, unfinished=healthy), asyncio.Event()
    slow = [asyncio.ensure_future(stall(url, over)) for _ in range(stalled)]
    sockets = [await ws_connect(lambda: Listener(tally), url) for _ in range(healthy)]
    await asyncio.sleep(1)
    print("ready", flush=True)  # noqa: T201
    await tally.wait()
    over.set()
    ends = await asyncio.gather(*slow)
    got = np.frombuffer(tally.latencies_ns, dtype=np.int64) / 1e6
    answer = {
        "delivered": len(got),
        "lost": healthy * expected - len(got),
        "out_of_order": tally.out_of_order,
        "p50_ms": float(np.percentile(got, 50)) if len(got) else None,
        "p99_ms": float(np.percentile(got, 99)) if len(got) else None,
        "client_cpu_seconds": time.process_time(),
        "stalled_told": sum(told for told, _ in ends),
        "stalled_1013": sum(code == 1013 for _, code in ends),
    }
    print(orjson.dumps(answer).decode(), flush=True)  # noqa: T201
    for transport, _ in sockets:
        transport.disconnect(graceful=False)


def main() -> None:
    """Listen once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    for name in ("healthy", "stalled", "expected"):
        parser.add_argument(name, type=int)
    options = parser.parse_args()
    uvloop.run(listen(options.url, options.healthy, options.stalled, options.expected))


if __name__ == "__main__":
    main()
