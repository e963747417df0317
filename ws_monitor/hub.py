"""Fans events out to the clients. Everything here runs on the event loop, so nothing needs a lock."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import get_args

from bellwether_contracts.events import AlertV1, PredictionMadeV1
from bellwether_contracts.frames import Channel, GapFrame, HeartbeatFrame, SubscribeFrame
from bellwether_contracts.market import TICKER_PATTERN
from ws_monitor import cursors
from ws_monitor.client import GOING_AWAY, Client, Subscription
from ws_monitor.metrics import Metrics
from ws_monitor.ring import ChannelEvent, Entry, Position, Ring

CHANNELS: tuple[Channel, ...] = get_args(Channel)

_TICKER = re.compile(TICKER_PATTERN)


def ticker_of(event: ChannelEvent) -> str | None:
    """The ticker that an event is about, if it is about one."""
    if isinstance(event, PredictionMadeV1):
        return event.ticker
    if isinstance(event, AlertV1) and _TICKER.match(event.subject):
        return event.subject
    return None


class Hub:
    """Rings by channel, and the clients that are pushed what joins them."""

    def __init__(self, metrics: Metrics, ring_size: int, backlog_size: int) -> None:
        self._metrics = metrics
        self._backlog_size = backlog_size
        self._rings = {channel: Ring(channel, ring_size) for channel in CHANNELS}
        self._clients: dict[Client, None] = {}

    def seed(self, channel: Channel, history: Iterable[ChannelEvent]) -> None:
        """Fill a channel with the past, oldest first."""
        self._rings[channel].seed(history)

    def begin(self, channel: Channel, epoch: str, offsets: tuple[int, ...]) -> None:
        """A channel's log is read from these offsets on."""
        self._rings[channel].begin(epoch, offsets)

    def publish(self, channel: Channel, arrived: Sequence[tuple[ChannelEvent, Position]]) -> None:
        """Hold events and queue them for everyone who wants them."""
        for event, position in arrived:
            entry = self._rings[channel].append(event, position)
            if entry is not None:
                self._push(entry, ticker_of(event))

    def _push(self, entry: Entry, ticker: str | None) -> None:
        sent = dropped = 0
        for client in self._clients:
            subscription = client.subscription
            if entry.channel in subscription.channels and subscription.wants(entry, ticker):
                dropped += client.offer(entry)
                sent += 1
        self._metrics.frames.labels(entry.channel).inc(sent)
        if dropped:
            self._metrics.dropped.inc(dropped)

    def __len__(self) -> int:
        return len(self._clients)

    def join(self, client: Client) -> None:
        """Count a client in."""
        self._clients[client] = None
        self._metrics.clients.set(len(self._clients))

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self._clients.pop(client, None)
        self._metrics.clients.set(len(self._clients))

    def subscribe(self, client: Client, wanted: SubscribeFrame) -> None:
        """Change what a client gets: first the past of what is new to it, then live, with nothing in between."""
        before = client.subscription
        now = Subscription(frozenset(wanted.channels), frozenset(wanted.tickers))
        kept = before.channels & now.channels if before.tickers == now.tickers else frozenset()
        now.ahead = {channel: before.ahead[channel] for channel in kept if channel in before.ahead}
        restarted = [channel for channel in CHANNELS if channel in now.channels - kept]
        past: list[Entry | str] = []
        for channel in restarted:
            past += self._past(channel, now, wanted.last_event_ids.get(channel))
        client.subscription = now
        client.restart(restarted, past)

    def _past(self, channel: Channel, wanted: Subscription, last_event_id: str | None) -> list[Entry | str]:
        missed = None if last_event_id is None else self._rings[channel].after(last_event_id)
        cursor = None if last_event_id is None else cursors.parse(last_event_id)
        if missed is not None:
            if cursor is not None:
                wanted.ahead[channel] = cursor
            return [entry for entry in missed if wanted.wants(entry, ticker_of(entry.event))]
        held = self._rings[channel].last()
        entries = [entry for entry in held if wanted.wants(entry, ticker_of(entry.event))]
        backlog: list[Entry | str] = list(entries[-self._backlog_size :]) if self._backlog_size else []
        if last_event_id is None:
            return backlog
        return [GapFrame(channel=channel, after=last_event_id).model_dump_json(), *backlog]

    def heartbeat(self) -> None:
        """Tell every client that the server lives."""
        text = heartbeat_text()
        for client in self._clients:
            client.offer(text)

    def close(self) -> None:
        """Have every client told that the server goes away."""
        for client in self._clients:
            client.close(GOING_AWAY, "server is shutting down")


def heartbeat_text() -> str:
    """A heartbeat frame of now."""
    return HeartbeatFrame(at=datetime.now(UTC).isoformat()).model_dump_json()
