"""The last events of one channel, and what a client that resumes has missed of them."""

import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from bellwether_contracts.events import AlertV1, MetricsSampledV1, PredictionMadeV1
from bellwether_contracts.frames import Channel, EventFrame
from bellwether_contracts.market import TICKER_PATTERN
from ws_monitor import cursors
from ws_monitor.cursors import Cursor
from ws_monitor.wire import text_frame

ChannelEvent = PredictionMadeV1 | MetricsSampledV1 | AlertV1

_EPOCHS_KEPT = 8
_TICKER = re.compile(TICKER_PATTERN)


@dataclass(frozen=True, slots=True)
class Position:
    """Where Kafka holds an event."""

    epoch: str
    partition: int
    offset: int


@dataclass(frozen=True)
class Entry:
    """One held event with its frame, encoded once for all clients."""

    channel: Channel
    event: ChannelEvent
    id: str
    position: Position | None
    """None for what came from ClickHouse: older than what Kafka was read from."""

    @cached_property
    def ticker(self) -> str | None:
        """The ticker that the event is about, if it is about one."""
        if isinstance(self.event, PredictionMadeV1):
            return self.event.ticker
        if isinstance(self.event, AlertV1) and _TICKER.match(self.event.subject):
            return self.event.subject
        return None

    def wire(self, backlog: bool = False) -> bytes:
        """The frame's bytes: as live, or as the past."""
        return self._backlog_wire if backlog else self._live_wire

    @cached_property
    def _live_wire(self) -> bytes:
        return self._encode(backlog=False)

    @cached_property
    def _backlog_wire(self) -> bytes:
        return self._encode(backlog=True)

    def _encode(self, backlog: bool) -> bytes:
        frame = EventFrame(channel=self.channel, id=self.id, backlog=backlog, event=self.event)
        return text_frame(frame.model_dump_json())


class Ring:
    """Holds events in order of arrival, each once; knows what it no longer holds."""

    def __init__(self, channel: Channel, size: int) -> None:
        self._channel = channel
        self._size = size
        self._held: OrderedDict[UUID, Entry] = OrderedDict()
        self._head: Cursor | None = None
        self._floors: dict[str, Cursor] = {}

    def __len__(self) -> int:
        return len(self._held)

    def seed(self, history: Iterable[ChannelEvent]) -> None:
        """Fill with the past, oldest first, before anything from Kafka."""
        for event in history:
            self._keep(Entry(self._channel, event, str(event.event_id), None))

    def begin(self, epoch: str, offsets: tuple[int, ...]) -> None:
        """A log is read from here on: `offsets` are the last ones that will not be held."""
        self._head = self._floors[epoch] = Cursor(epoch, offsets)
        while len(self._floors) > _EPOCHS_KEPT:
            del self._floors[next(iter(self._floors))]

    def append(self, event: ChannelEvent, position: Position) -> Entry | None:
        """Hold an event from Kafka.

        Returns:
            What clients must get, None for a repeat.
        """
        if self._head is None or self._head.epoch != position.epoch:
            raise ValueError(f"log {position.epoch} has not begun")
        self._head = self._head.moved(position.partition, position.offset)
        known = self._held.get(event.event_id)
        if known is not None and known.position is not None:
            return None
        entry = Entry(self._channel, event, str(self._head), position)
        self._held.pop(event.event_id, None)
        self._keep(entry)
        return entry if known is None else None

    def has(self, cursor: Cursor) -> bool:
        """Whether this log has been read at least as far as the cursor."""
        return self._head is not None and self._head.epoch == cursor.epoch and self._head.covers(cursor)

    def last(self) -> list[Entry]:
        """All that is held, oldest first."""
        return list(self._held.values())

    def after(self, last_event_id: str) -> list[Entry] | None:
        """What a client misses that has seen everything through `last_event_id`.

        Returns:
            The missed entries, oldest first; None when some of them may be held no longer.
        """
        cursor = cursors.parse(last_event_id)
        if cursor is None:
            return self._after_history(last_event_id)
        floor = self._floors.get(cursor.epoch)
        if floor is None or not cursor.covers(floor):
            return None
        return [entry for entry in self._held.values() if not self._seen(entry, cursor)]

    def _after_history(self, event_id: str) -> list[Entry] | None:
        entries = self.last()
        for index, entry in enumerate(entries):
            if entry.position is None and entry.id == event_id:
                return entries[index + 1 :]
        return None

    def _seen(self, entry: Entry, cursor: Cursor) -> bool:
        position = entry.position
        if position is None:
            return True
        if position.epoch == cursor.epoch:
            return position.offset <= cursor.at(position.partition)
        order = list(self._floors)
        return position.epoch not in self._floors or order.index(position.epoch) < order.index(cursor.epoch)

    def _keep(self, entry: Entry) -> None:
        self._held[entry.event.event_id] = entry
        if len(self._held) > self._size:
            _, oldest = self._held.popitem(last=False)
            self._forget(oldest.position)

    def _forget(self, position: Position | None) -> None:
        if position is not None and position.epoch in self._floors:
            floor = self._floors[position.epoch]
            self._floors[position.epoch] = floor.moved(position.partition, position.offset)
