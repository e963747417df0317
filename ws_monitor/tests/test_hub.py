"""Who gets what, in which order, and what is kept for a peer that doesn't read: the hub with connections in memory."""

from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from bellwether_contracts.frames import SubscribeFrame
from ws_monitor.client import Client
from ws_monitor.hub import Hub
from ws_monitor.metrics import Metrics
from ws_monitor.ring import Position
from ws_monitor.tests.examples import prediction

EPOCH = "0123456789ab"


@dataclass
class MemoryConnection:
    """A peer that reads with the websockets library; its transport takes what `room` allows, then pauses."""

    room: float = float("inf")
    closed: int | None = None
    patience: list[float] = field(default_factory=list)
    _sent: bytearray = field(default_factory=bytearray)
    client: Client | None = None

    def write(self, data: bytes) -> None:
        self._sent += data
        self.room -= len(data)
        if self.room < 0 and self.client is not None:
            self.client.pause()

    def close(self, code: int, _reason: str) -> None:
        self.closed = code

    def abort(self) -> None:
        self.closed = 1006

    def abort_after(self, seconds: float) -> None:
        self.patience.append(seconds)

    def frames(self) -> list[dict[str, Any]]:
        """What came, as an independent reader of the protocol understands it."""
        reader = Protocol(Side.CLIENT, state=State.OPEN, max_size=None)
        reader.receive_data(bytes(self._sent))
        assert reader.parser_exc is None
        received = [one for one in reader.events_received() if isinstance(one, Frame) and one.opcode is Opcode.TEXT]
        return [orjson.loads(one.data) for one in received]

    def offsets(self) -> list[int]:
        return [int(one["id"].split(":")[1]) for one in self.frames() if one["type"] == "event"]


class House:
    """A hub with one channel begun."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.hub = Hub(self.metrics, ring_size=1000, backlog_size=50)
        self.hub.begin("predictions", EPOCH, (-1,))
        self.next = 0

    def publish(self, *tickers: str) -> None:
        """One batch, as the tail hands it over."""
        numbers = range(self.next, self.next + len(tickers))
        self.next += len(tickers)
        arrived = [(prediction(ticker), Position(EPOCH, 0, at)) for ticker, at in zip(tickers, numbers, strict=True)]
        self.hub.publish("predictions", arrived)

    def attach(self, *tickers: str, after: str | None = None, room: float = float("inf")) -> MemoryConnection:
        connection = MemoryConnection(room)
        connection.client = Client(connection, limit=256)
        self.hub.join(connection.client)
        last = {"predictions": after} if after else {}
        wanted = {"channels": ["predictions"], "tickers": list(tickers), "last_event_ids": last}
        self.hub.subscribe(connection.client, SubscribeFrame.model_validate(wanted))
        return connection

    def dropped(self) -> float:
        return self.metrics.registry.get_sample_value("bellwether_ws_frames_dropped_total") or 0


@pytest.fixture
def house() -> House:
    return House()


def test_each_gets_what_it_asked_for_in_order(house: House) -> None:
    everything, apple, both = house.attach(), house.attach("AAPL"), house.attach("AAPL", "IBM")
    house.publish("AAPL", "IBM", "MSFT")
    house.publish("AAPL")
    assert everything.offsets() == [0, 1, 2, 3]
    assert apple.offsets() == [0, 3]
    assert both.offsets() == [0, 1, 3]
    assert len(house.hub) == 3


def test_what_another_replica_already_gave_is_not_given_again(house: House) -> None:
    house.publish("AAPL", "AAPL")
    resumed = house.attach(after=f"{EPOCH}:4")  # this replica is three behind
    other = house.attach(after=f"{EPOCH}:1")
    house.publish("AAPL", "AAPL")
    house.publish("AAPL", "AAPL", "AAPL")
    assert resumed.offsets() == [5, 6]
    assert other.offsets() == [2, 3, 4, 5, 6]


def test_a_client_that_left_gets_nothing_more(house: House) -> None:
    gone, stays = house.attach("AAPL"), house.attach("AAPL")
    assert gone.client is not None
    house.hub.leave(gone.client)
    house.hub.leave(gone.client)
    house.publish("AAPL")
    assert (gone.offsets(), stays.offsets(), len(house.hub)) == ([], [0], 1)


def test_a_paused_client_gets_all_in_order_once_it_reads_again(house: House) -> None:
    house.publish(*["AAPL"] * 40)
    slow = house.attach(room=2000)  # pauses within the past
    for _ in range(50):
        house.publish(*["AAPL"] * 5)
    assert len(slow.offsets()) < 40
    slow.room = float("inf")
    assert slow.client is not None
    slow.client.resume()
    house.publish("AAPL")
    assert slow.offsets() == list(range(291))
    assert [one["backlog"] for one in slow.frames()] == [True] * 40 + [False] * 251
    assert house.dropped() == 0


def test_a_client_further_behind_than_its_queue_is_told_how_many_it_missed_and_closed(house: House) -> None:
    slow, healthy = house.attach(room=0), house.attach()
    for _ in range(80):
        house.publish(*["AAPL"] * 5)
    assert healthy.offsets() == list(range(400))
    got = len(slow.offsets())
    assert slow.patience == [10], "the wait for it to read is bounded, once"
    assert slow.client is not None
    slow.client.resume()
    assert slow.frames()[-1] == {"type": "lagged", "missed": 400 - got}
    assert slow.closed == 1013
    assert house.dropped() == 400 - got


def test_a_new_subscription_replaces_what_waits_of_the_channel(house: House) -> None:
    house.publish("AAPL", "IBM")
    slow = house.attach(room=0)
    house.publish("AAPL", "IBM")
    assert slow.client is not None
    house.hub.subscribe(slow.client, SubscribeFrame(channels=["predictions"], tickers=["IBM"]))
    before = len(slow.offsets())
    slow.room = float("inf")
    slow.client.resume()
    assert slow.offsets()[before:] == [1, 3]
