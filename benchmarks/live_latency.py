"""How soon a forecast is in a client: `python benchmarks/live_latency.py`, against a running local stack.

50 forecasts a second are asked for through Nginx, and a WebSocket client, through Nginx too, is subscribed to their
tickers. Measured is the time from the answer of the POST to the frame, both in this process; then once more with 500
idle clients attached, which are subscribed to a ticker that nobody asks for. `BELLWETHER_URL` says where the page is.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import cycle

import httpx
import numpy as np
import orjson
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

TICKERS = ("AAPL", "GOOG", "IBM", "MSFT")
NOBODYS = "NOBODY"
ATTACHED_AT_ONCE = 25
LATE_SECONDS = 10
WARM_UP_SECONDS = 3


class Watcher(WSListener):
    """Notes when each forecast's frame comes."""

    def __init__(self, tickers: Sequence[str]) -> None:
        super().__init__()
        self._tickers = list(tickers)
        self.seen: dict[str, float] = {}
        self.ended = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Subscribe."""
        wanted = {"type": "subscribe", "channels": ["predictions"], "tickers": self._tickers}
        transport.send(WSMsgType.TEXT, orjson.dumps(wanted))

    def on_ws_disconnected(self, _transport: WSTransport) -> None:
        """A measurement with fewer clients than it names would be wrong."""
        self.ended = True

    def on_ws_frame(self, _transport: WSTransport, frame: WSFrame) -> None:
        """Note the time before anything else."""
        now = time.perf_counter()
        if frame.msg_type == WSMsgType.TEXT:
            told = orjson.loads(frame.get_payload_as_bytes())
            if told["type"] == "event":
                self.seen[told["event"]["event_id"]] = now


async def attach(url: str, tickers: Sequence[str], ends: AsyncExitStack) -> Watcher:
    """One client of `/ws`."""
    transport, watcher = await ws_connect(
        lambda: Watcher(tickers), url.replace("http", "ws", 1) + "/ws", websocket_handshake_timeout=30
    )
    ends.callback(transport.disconnect)
    if not isinstance(watcher, Watcher):
        raise TypeError(f"not the listener that was made: {watcher}")
    return watcher


async def ask(http: httpx.AsyncClient, ticker: str, answered: dict[str, float]) -> None:
    """One forecast, and when its answer was here."""
    response = await http.post("/api/predict/", json={"ticker": ticker})
    now = time.perf_counter()
    response.raise_for_status()
    answered[orjson.loads(response.content)["prediction_id"]] = now


async def ask_steadily(http: httpx.AsyncClient, rate: float, seconds: float) -> dict[str, float]:
    """Ask at the rate, whatever the answers take; when each answer was here."""
    answered: dict[str, float] = {}
    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number, ticker in zip(range(int(rate * seconds)), cycle(TICKERS), strict=False):
            await asyncio.sleep(began + number / rate - time.perf_counter())
            tasks.create_task(ask(http, ticker, answered))
    return answered


async def measure(url: str, rate: float, seconds: float, idle: int) -> None:
    """One line of the table."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with AsyncExitStack() as ends:
        http = await ends.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30, limits=limits))
        idlers: list[Watcher] = []
        while len(idlers) < idle:
            group = range(min(ATTACHED_AT_ONCE, idle - len(idlers)))
            idlers += await asyncio.gather(*(attach(url, [NOBODYS], ends) for _ in group))
        watcher = await attach(url, TICKERS, ends)
        await ask_steadily(http, rate, WARM_UP_SECONDS)
        answered = await ask_steadily(http, rate, seconds)
        deadline = time.perf_counter() + LATE_SECONDS
        while answered.keys() - watcher.seen.keys() and time.perf_counter() < deadline:  # noqa: ASYNC110 # no task sets it
            await asyncio.sleep(0.05)
        if any(one.ended for one in (watcher, *idlers)):
            raise RuntimeError("a client lost its connection")
    show(idle, answered, watcher.seen)


def show(idle: int, answered: dict[str, float], seen: dict[str, float]) -> None:
    """Print percentiles; a frame that was here before the answer counts as none late."""
    waits = [max(0.0, seen[one] - at) * 1e3 for one, at in answered.items() if one in seen]
    p50, p99, most = np.percentile(waits, [50, 99, 100])
    print(  # noqa: T201
        f"{idle:>4} idle clients: {len(answered):,} forecasts, p50 {p50:6.1f} ms, p99 {p99:6.1f} ms, "
        f"most {most:6.1f} ms, {len(answered) - len(waits)} never came",
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default=os.environ.get("BELLWETHER_URL", "http://127.0.0.1:8080"))
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--idle", type=int, nargs="*", default=[0, 500])
    options = parser.parse_args()
    for idle in options.idle:
        uvloop.run(measure(options.url, options.rate, options.seconds, idle))


if __name__ == "__main__":
    main()
