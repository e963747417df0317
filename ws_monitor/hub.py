"""Fans events out to the clients. Everything here runs on the event loop, so nothing needs a lock."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

from bellwether_contracts.frames import Channel, GapFrame, HeartbeatFrame, SubscribeFrame
from ws_monitor import cursors, wire
from ws_monitor.client import Client, Frame, Subscription
from ws_monitor.cursors import Cursor
from ws_monitor.metrics import Metrics
from ws_monitor.ring import ChannelEvent, Position, Ring

CHANNELS: tuple[Channel, ...] = get_args(Channel)


class Hub:
    """Rings by channel, and the clients that are pushed what joins them.

    Clients stand together by what they want: events are chosen and joined to bytes once for all of them.
    """

    def __init__(self, metrics: Metrics, ring_size: int, backlog_size: int) -> None:
        self._metrics = metrics
        self._backlog_size = backlog_size
        self._rings = {channel: Ring(channel, ring_size) for channel in CHANNELS}
        self._audiences: dict[Subscription, dict[Client, None]] = {}
        self._count = 0

    def seed(self, channel: Channel, history: Iterable[ChannelEvent]) -> None:
        """Fill a channel with the past, oldest first."""
        self._rings[channel].seed(history)

    def begin(self, channel: Channel, epoch: str, offsets: tuple[int, ...]) -> None:
        """A channel's log is read from these offsets on."""
        self._rings[channel].begin(epoch, offsets)

    def publish(self, channel: Channel, arrived: Sequence[tuple[ChannelEvent, Position]]) -> None:
        """Hold events and send them to everyone who wants them."""
        ring = self._rings[channel]
        entries = [entry for event, at in arrived if (entry := ring.append(event, at)) is not None]
        sent = dropped = 0
        for subscription, clients in self._audiences.items():
            wanted = [entry for entry in entries if subscription.wants(entry)]
            if wanted:
                data = b"".join(entry.wire() for entry in wanted)
                dropped += sum([client.offer(wanted, data) for client in clients])
                sent += len(wanted) * len(clients)
        self._metrics.frames.labels(channel).inc(sent)
        self._drop(dropped)

    def _drop(self, frames: int) -> None:
        if frames:
            self._metrics.dropped.inc(frames)

    def __len__(self) -> int:
        return self._count

    def join(self, client: Client) -> None:
        """Count a client in."""
        self._audiences.setdefault(client.subscription, {})[client] = None
        self._counted(1)

    def leave(self, client: Client) -> None:
        """Forget a client."""
        audience = self._audiences.get(client.subscription, {})
        if client in audience:
            del audience[client]
            self._counted(-1)
            if not audience:
                del self._audiences[client.subscription]

    def _counted(self, more: int) -> None:
        self._count += more
        self._metrics.clients.set(self._count)

    def subscribe(self, client: Client, wanted: SubscribeFrame) -> None:
        """Change what a client gets: first the past of what is new to it, then live, with nothing in between."""
        before = client.subscription
        now = Subscription(frozenset(wanted.channels), frozenset(wanted.tickers))
        kept = before.channels & now.channels if before.tickers == now.tickers else frozenset()
        ahead = {(channel, cursor) for channel, cursor in before.ahead if channel in kept}
        restarted = [channel for channel in CHANNELS if channel in now.channels - kept]
        past: list[Frame] = []
        for channel in restarted:
            last = wanted.last_event_ids.get(channel)
            past += self._past(channel, now, last)
            ahead |= self._ahead(channel, last)
        self.leave(client)
        client.subscription = replace(now, ahead=frozenset(ahead))
        self.join(client)
        client.restart(restarted, past)

    def _past(self, channel: Channel, wanted: Subscription, last_event_id: str | None) -> list[Frame]:
        missed = None if last_event_id is None else self._rings[channel].after(last_event_id)
        if missed is not None:
            return [entry for entry in missed if wanted.wants(entry)]
        entries = [entry for entry in self._rings[channel].last() if wanted.wants(entry)]
        backlog: list[Frame] = list(entries[-self._backlog_size :]) if self._backlog_size else []
        if last_event_id is None:
            return backlog
        return [wire.text_frame(GapFrame(channel=channel, after=last_event_id).model_dump_json()), *backlog]

    def _ahead(self, channel: Channel, last_event_id: str | None) -> set[tuple[Channel, Cursor]]:
        cursor = None if last_event_id is None else cursors.parse(last_event_id)
        ring = self._rings[channel]
        if cursor is None or ring.has(cursor) or ring.after(str(cursor)) is None:
            return set()
        return {(channel, cursor)}

    def heartbeat(self) -> None:
        """Tell every client that the server lives, and ask whether it does."""
        beat = wire.PING + wire.text_frame(heartbeat_text())
        self._drop(sum([client.beat(beat) for client in self._clients()]))

    def _clients(self) -> list[Client]:
        return [client for audience in self._audiences.values() for client in audience]


def heartbeat_text() -> str:
    """A heartbeat frame of now."""
    return HeartbeatFrame(at=datetime.now(UTC).isoformat()).model_dump_json()
