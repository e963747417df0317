"""One WebSocket client: what it subscribed to and its bounded queue."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from bellwether_contracts.frames import Channel, LaggedFrame
from ws_monitor.cursors import Cursor
from ws_monitor.ring import Entry

TRY_AGAIN_LATER = 1013
GOING_AWAY = 1001

LAGGED_PATIENCE_SECONDS = 10
"""How long a client that was too slow has to take the frame that tells it so."""


class Transport(Protocol):
    """What a client needs of its connection."""

    async def send_text(self, data: str) -> None:
        """Send one frame; waits while the peer doesn't read."""

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """Close the connection."""


@dataclass
class Subscription:
    """Which events a client wants."""

    channels: frozenset[Channel] = frozenset()
    tickers: frozenset[str] = frozenset()
    ahead: dict[Channel, Cursor] = field(default_factory=dict)
    """Where a client resumed; what another replica already gave it is not sent again."""

    def wants(self, entry: Entry, ticker: str | None) -> bool:
        """Whether to send the entry; events about no ticker pass every ticker filter."""
        if self.tickers and ticker is not None and ticker not in self.tickers:
            return False
        ahead = self.ahead.get(entry.channel)
        at = entry.position
        return ahead is None or at is None or at.epoch != ahead.epoch or at.offset > ahead.at(at.partition)


class Client:
    """Queues frames without ever waiting; its own task writes them.

    Past events wait in a list of their own, which shares the ring's entries and is as bounded as the ring:
    only live frames count against the limit.
    """

    def __init__(self, transport: Transport, limit: int) -> None:
        self.subscription = Subscription()
        self.missed = 0
        self._transport = transport
        self._limit = limit
        self._past: deque[Entry | str] = deque()
        self._live: deque[Entry | str] = deque()
        self._wake = asyncio.Event()
        self._close: tuple[int, str] | None = None

    def offer(self, frame: Entry | str) -> int:
        """Queue a frame.

        Returns:
            How many frames were dropped because the client is too slow: 0 for a healthy one.
        """
        if self.missed:
            self.missed += 1
            return 1
        self._live.append(frame)
        self._wake.set()
        if len(self._live) <= self._limit:
            return 0
        self.missed = len(self._live) + len(self._past)
        self._live.clear()
        self._past.clear()
        return self.missed

    def restart(self, channels: Iterable[Channel], past: Iterable[Entry | str]) -> None:
        """Send the past of these channels, instead of what is still queued of them."""
        again = frozenset(channels)
        self._past = deque(frame for frame in self._past if not _is_of(frame, again))
        self._live = deque(frame for frame in self._live if not _is_of(frame, again))
        self._past.extend(past)
        self._wake.set()

    @property
    def closing(self) -> bool:
        """Whether the connection is about to be closed."""
        return self._close is not None

    def close(self, code: int, reason: str) -> None:
        """Have the connection closed, ahead of what is queued."""
        self._close = self._close or (code, reason)
        self._wake.set()

    async def write(self) -> None:
        """Send what is queued until the connection has to end."""
        while True:
            if self._close is not None:
                return await self._transport.close(*self._close)
            if self.missed:
                return await self._tell_lagged()
            if self._past:
                frame = self._past.popleft()
                await self._transport.send_text(frame if isinstance(frame, str) else frame.backlog_text)
            elif self._live:
                frame = self._live.popleft()
                await self._transport.send_text(frame if isinstance(frame, str) else frame.text)
            else:
                self._wake.clear()
                await self._wake.wait()

    async def _tell_lagged(self) -> None:
        async with asyncio.timeout(LAGGED_PATIENCE_SECONDS):
            await self._transport.send_text(LaggedFrame(missed=self.missed).model_dump_json())
            await self._transport.close(TRY_AGAIN_LATER, "read too slowly")


def _is_of(frame: Entry | str, channels: frozenset[Channel]) -> bool:
    return not isinstance(frame, str) and frame.channel in channels
