"""The two servers that `fan_out.py` compares, each its own process, fed at a steady rate once it gets SIGUSR1.

`ours` is ws_monitor without Kafka and ClickHouse: its hub is fed here, everything behind it is the product's.
`broadcast` is the websockets library's bare `broadcast()`: no queue, no subscription, no resuming.
Both run on uvloop and send the same frames without compression.
"""

import argparse
import asyncio
import logging
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import uuid4

import uvicorn
import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from bellwether_contracts.events import Band, PredictionMadeV1
from bellwether_contracts.frames import EventFrame
from ws_monitor.app import build_app
from ws_monitor.connection import LiveConnection
from ws_monitor.monitor import Monitor
from ws_monitor.ring import Position
from ws_monitor.settings import WsMonitorSettings

HOST = "127.0.0.1"
FRAME_BYTES = 1024
EPOCH = "0" * 12
AT_ONCE = 32
"""Messages in one turn of the loop, at most: what Kafka's tail hands over."""

STAMP = b'"request_id":"'
STAMP_DIGITS, NUMBER_DIGITS = 19, 8


@dataclass(frozen=True)
class Due:
    """A message's number and when it is due, which is what its age counts from: lateness is not hidden."""

    number: int
    at: float

    def stamp(self) -> str:
        """Both, on the clock that all processes share."""
        return f"{int(self.at * 1e9):0{STAMP_DIGITS}}{self.number:0{NUMBER_DIGITS}}"


def message(due: Due) -> PredictionMadeV1:
    """A forecast whose frame has about 1 KiB."""
    bands = [Band(coverage=level, lower=441.4 - level / 10, upper=441.4 + level / 10) for level in (50, 80, 95)]
    return PredictionMadeV1(
        event_id=uuid4(),
        at=datetime.now(UTC),
        ticker="AAPL",
        exchange="XNAS",
        source="sample",
        last_session=date(2013, 2, 28),
        target_session=date(2013, 3, 1),
        horizon=1,
        last_close=441.4,
        predicted_close=442.5,
        naive_close=441.4,
        bands=bands,
        model_id=7,
        model_version=3,
        model_type="ridge",
        served_by="backend1",
        request_id=due.stamp() + "x" * PADDING,
    )


PADDING = 0
PADDING = FRAME_BYTES - len(
    EventFrame(channel="predictions", id=f"{EPOCH}:0", event=message(Due(0, 0))).model_dump_json()
)

Send = Callable[[list[Due]], None]


async def feed(send: Send, rate: float, seconds: float) -> None:
    """Send numbered messages when they are due; what is late goes out together, as it would from Kafka."""
    began, made, total = time.monotonic(), 0, int(rate * seconds)
    while made < total:
        due = min(int((time.monotonic() - began) * rate) + 1, made + AT_ONCE, total)
        if due > made:
            send([Due(number, began + number / rate) for number in range(made, due)])
            made = due
        await asyncio.sleep(max(0.0, began + made / rate - time.monotonic()))


def on_signal(start: Callable[[], "asyncio.Task[None]"]) -> None:
    """Begin when the process is told to."""
    tasks: list[asyncio.Task[None]] = []
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: tasks.append(start()))


class FedMonitor(Monitor):
    """ws_monitor's own parts, with a feeder in the place of Kafka's tail and without the sink."""

    def __init__(self, rate: float, seconds: float) -> None:
        super().__init__(
            WsMonitorSettings.model_validate(
                {"kafka_bootstrap_servers": f"{HOST}:9", "clickhouse_url": f"http://{HOST}:9/none"}
            )
        )
        self._rate, self._seconds = rate, seconds

    async def start(self) -> None:
        """Wait for the signal."""
        self.hub.begin("predictions", EPOCH, (-1,))
        on_signal(lambda: asyncio.ensure_future(feed(self._send, self._rate, self._seconds)))

    async def stop(self) -> None:
        """Nothing was started."""

    def _send(self, messages: list[Due]) -> None:
        self.hub.publish("predictions", [(message(due), Position(EPOCH, 0, due.number)) for due in messages])


def ours(port: int, rate: float, seconds: float) -> None:
    """Serve as ws_monitor does."""
    app = build_app(FedMonitor(rate, seconds))
    uvicorn.run(app, host=HOST, port=port, ws=LiveConnection, access_log=False, log_level="warning")


def bare_broadcast(port: int, rate: float, seconds: float) -> None:
    """Serve as the library's documentation shows."""
    uvloop.run(_broadcast(port, rate, seconds))


async def _broadcast(port: int, rate: float, seconds: float) -> None:
    clients: set[ServerConnection] = set()
    text = EventFrame(channel="predictions", id=f"{EPOCH}:0", event=message(Due(0, 0))).model_dump_json().encode()
    at = text.index(STAMP) + len(STAMP)
    before, after = text[:at], text[at + STAMP_DIGITS + NUMBER_DIGITS :]

    def send(messages: list[Due]) -> None:
        for due in messages:
            broadcast(clients, before + due.stamp().encode() + after, text=True)

    async def hold(client: ServerConnection) -> None:
        clients.add(client)
        try:
            await client.wait_closed()
        finally:
            clients.discard(client)

    on_signal(lambda: asyncio.ensure_future(feed(send, rate, seconds)))
    logging.getLogger("websockets.server").setLevel(logging.CRITICAL)  # who only looks whether the port is open
    async with serve(hold, HOST, port, compression=None, backlog=1024):
        await asyncio.Future()


SERVERS: dict[str, Callable[[int, float, float], None]] = {"ws_monitor": ours, "broadcast()": bare_broadcast}


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server", choices=SERVERS)
    parser.add_argument("port", type=int)
    parser.add_argument("rate", type=float)
    parser.add_argument("seconds", type=float)
    options = parser.parse_args()
    SERVERS[options.server](options.port, options.rate, options.seconds)


if __name__ == "__main__":
    main()
