"""One WebSocket client: what it subscribed to, and what waits while its peer doesn't read."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bellwether_contracts.frames import Channel, LaggedFrame
from ws_monitor.cursors import Cursor
from ws_monitor.ring import Entry
from ws_monitor.wire import text_frame

TRY_AGAIN_LATER = 1013
GOING_AWAY = 1001

LAGGED_PATIENCE_SECONDS = 10
"""How long a client that was too slow has to take the frame that tells it so."""

SILENT_BEATS = 2
"""A ping goes with every heartbeat; a peer that says nothing at all for this many is gone."""

_PAST_AT_ONCE = 32

Frame = Entry | bytes
"""An event, or a control frame as it goes over the wire."""


class Connection(Protocol):
    """What a client needs of its connection."""

    @property
    def write(self) -> Callable[[bytes], None]:
        """Hands whole frames to the transport; never waits."""

    def close(self, code: int, reason: str) -> None:
        """Close the connection, ahead of what the client still holds."""

    def abort(self) -> None:
        """End the connection at once."""

    def abort_after(self, seconds: float) -> None:
        """End the connection then, if it still is."""


@dataclass(frozen=True)
class Subscription:
    """Which events a client wants; clients that want the same share one."""

    channels: frozenset[Channel] = frozenset()
    tickers: frozenset[str] = frozenset()
    ahead: frozenset[tuple[Channel, Cursor]] = frozenset()
    """Where a client resumed that another replica had given more than this one has; that is not sent again."""

    def wants(self, entry: Entry) -> bool:
        """Whether to send the entry; events about no ticker pass every ticker filter."""
        if entry.channel not in self.channels:
            return False
        if self.tickers and entry.ticker is not None and entry.ticker not in self.tickers:
            return False
        return not any(channel == entry.channel and _has(cursor, entry) for channel, cursor in self.ahead)


def _has(cursor: Cursor, entry: Entry) -> bool:
    at = entry.position
    return at is not None and at.epoch == cursor.epoch and at.offset <= cursor.at(at.partition)


class Client:
    """Writes straight to the transport while that takes it, and holds a bounded number of frames while it doesn't.

    Past events wait in a list of their own, which shares the ring's entries and is as bounded as the ring:
    only live frames count against the limit.
    """

    def __init__(self, connection: Connection, limit: int) -> None:
        self.subscription = Subscription()
        self.missed = 0
        self._connection = connection
        self._limit = limit
        self._past: deque[Frame] = deque()
        self._live: deque[Frame] = deque()
        self._paused = False
        self._flowing = True  # not paused, and nothing waits
        self._silent_beats = 0

    def offer(self, frames: Sequence[Frame], wire: bytes) -> int:
        """Send frames, given one by one and as the bytes of all.

        Returns:
            How many frames were dropped because the client is too slow: 0 for a healthy one.
        """
        if self._flowing:
            self._connection.write(wire)
            return 0
        return self._hold(frames)

    def _hold(self, frames: Sequence[Frame]) -> int:
        if self.missed:
            self.missed += len(frames)
            return len(frames)
        self._live.extend(frames)
        if len(self._live) <= self._limit:
            return 0
        self.missed = len(self._live) + len(self._past)
        self._live.clear()
        self._past.clear()
        self._connection.abort_after(LAGGED_PATIENCE_SECONDS)
        return self.missed

    def say(self, text: str) -> int:
        """Send one frame to this client alone; returns the same as `offer`."""
        wire = text_frame(text)
        return self.offer((wire,), wire)

    def restart(self, channels: Iterable[Channel], past: Iterable[Frame]) -> None:
        """Send the past of these channels, instead of what is still held of them."""
        again = frozenset(channels)
        self._past = deque(frame for frame in self._past if not _is_of(frame, again))
        self._live = deque(frame for frame in self._live if not _is_of(frame, again))
        self._past.extend(past)
        self._drain()

    def pause(self) -> None:
        """The transport has enough for now."""
        self._paused = True
        self._flowing = False

    def resume(self) -> None:
        """The transport takes more."""
        self._paused = False
        if self.missed:
            self._connection.write(text_frame(LaggedFrame(missed=self.missed).model_dump_json()))
            self._connection.close(TRY_AGAIN_LATER, "read too slowly")
        else:
            self._drain()

    def _drain(self) -> None:
        while not self._paused and (self._past or self._live):
            self._connection.write(self._next())
        self._flowing = not self._paused

    def _next(self) -> bytes:
        held = self._past or self._live
        frames = [held.popleft() for _ in range(min(len(held), _PAST_AT_ONCE))]
        past = held is self._past
        return b"".join(frame if isinstance(frame, bytes) else frame.wire(past) for frame in frames)

    def heard(self) -> None:
        """The peer sent something: it lives."""
        self._silent_beats = 0

    def beat(self, wire: bytes) -> int:
        """Send a heartbeat, or end the connection to a peer that went without a word; returns as `offer` does."""
        self._silent_beats += 1
        if self._silent_beats > SILENT_BEATS:
            self._connection.abort()
            return 0
        return self.offer((wire,), wire)


def _is_of(frame: Frame, channels: frozenset[Channel]) -> bool:
    return not isinstance(frame, bytes) and frame.channel in channels
