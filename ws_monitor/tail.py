"""The live tail: every event to this replica's hub, without a consumer group and without waiting for ClickHouse."""

import asyncio
import heapq
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import structlog
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition
from pydantic import ValidationError

from bellwether_contracts import events, topics
from bellwether_contracts.frames import Channel
from ws_monitor.hub import Hub
from ws_monitor.ring import ChannelEvent, Position
from ws_monitor.settings import WsMonitorSettings
from ws_monitor.topic_watch import Log, TopicWatch

CHANNEL_OF: dict[str, Channel] = {
    topics.PREDICTIONS.name: "predictions",
    topics.METRICS.name: "metrics",
    topics.ALERTS.name: "alerts",
}

LOOK_SECONDS = 1.0
WATERMARK_SECONDS = 5
CATCH_UP_SECONDS = 5
BATCH = 32
BATCHES_IN_FLIGHT = 2
"""Small: between two turns of the loop no client's queue may fill up, or a burst would drop healthy clients."""


Arrived = tuple[ChannelEvent, Position]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Span:
    """One partition of a log when its reading began."""

    partition: int
    start: int
    end: int


class LiveTail:
    """Reads all partitions from a backlog before their ends, and again from 0 when a log was replaced."""

    def __init__(
        self, settings: WsMonitorSettings, watch: TopicWatch, hub: Hub, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.caught_up = threading.Event()
        self._watch = watch
        self._hub = hub
        self._loop = loop
        self._backlog = settings.ring_size
        self._logs: dict[str, Log] = {}
        self._room = threading.Semaphore(BATCHES_IN_FLIGHT)
        self._consumer = Consumer(
            {
                "bootstrap.servers": settings.kafka_bootstrap_servers,
                "group.id": "ws_monitor.tail",  # required by librdkafka; never joined, nothing is committed
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": settings.tail_fetch_wait_ms,
                "fetch.error.backoff.ms": 200,
                "reconnect.backoff.max.ms": 1000,
                "topic.metadata.refresh.interval.ms": 5000,
                "log_level": 2,
            }
        )

    def run(self, stop: threading.Event) -> None:
        """Read until told to stop."""
        looked_at = float("-inf")
        while not stop.is_set():
            if time.monotonic() - looked_at >= LOOK_SECONDS:
                self._follow(self._watch.look())
                looked_at = time.monotonic()
            self._publish(self._read(LOOK_SECONDS / 2))
        self._consumer.close()

    def _follow(self, seen: dict[str, Log]) -> None:
        changed = [found for found in seen.values() if self._logs.get(found.topic) != found]
        for found in changed:
            try:
                self._begin(found)
            except KafkaException as error:
                log.warning("tail_cannot_begin", topic=found.topic, error=str(error))
        if len(self._logs) == len(CHANNEL_OF):
            self.caught_up.set()

    def _begin(self, found: Log) -> None:
        """Start on a log: on the first one with its last events in order of time, on a replaced one from 0."""
        first = found.topic not in self._logs
        spans = [self._span(found.topic, partition, first) for partition in range(found.partitions)]
        log.info("tail_begins", topic=found.topic, epoch=found.epoch, partitions=found.partitions, first=first)
        floor = tuple(span.start - 1 for span in spans)
        self._on_loop(self._hub.begin, CHANNEL_OF[found.topic], found.epoch, floor)
        self._consumer.incremental_unassign([part for part in self._consumer.assignment() if part.topic == found.topic])
        self._consumer.incremental_assign([TopicPartition(found.topic, span.partition, span.start) for span in spans])
        self._logs[found.topic] = found
        if first:
            self._catch_up(spans, found.topic)

    def _span(self, topic: str, partition: int, first: bool) -> _Span:
        at = TopicPartition(topic, partition)
        low, high = self._consumer.get_watermark_offsets(at, timeout=WATERMARK_SECONDS)
        return _Span(partition, max(low, high - self._backlog) if first else low, high)

    def _catch_up(self, spans: Sequence[_Span], topic: str) -> None:
        """Read up to the ends seen at the start, and hold it as it happened across the partitions."""
        due = {span.partition: span.end - 1 for span in spans if span.end > span.start}
        by_partition: dict[int, list[Arrived]] = {}
        others: list[Message] = []
        deadline = time.monotonic() + CATCH_UP_SECONDS
        while due and time.monotonic() < deadline:
            for message in self._read(0.1):
                partition = _place(message)[0]
                if message.topic() != topic:
                    others.append(message)
                    continue
                by_partition.setdefault(partition, []).extend(self._decode([message]))
                if partition in due and _place(message)[1] >= due[partition]:
                    del due[partition]
        merged = list(heapq.merge(*by_partition.values(), key=lambda arrived: arrived[0].at))
        self._send(CHANNEL_OF[topic], merged)
        self._publish(others)

    def _read(self, wait_seconds: float) -> list[Message]:
        """The first message at once, with what else is already here."""
        first = self._consumer.poll(wait_seconds)
        if first is None:
            return []
        return [message for message in (first, *self._consumer.consume(BATCH, timeout=0)) if _usable(message)]

    def _publish(self, messages: Sequence[Message]) -> None:
        by_channel: dict[Channel, list[Message]] = {}
        for message in messages:
            by_channel.setdefault(CHANNEL_OF[str(message.topic())], []).append(message)
        for channel, batch in by_channel.items():
            self._send(channel, list(self._decode(batch)))

    def _decode(self, messages: Sequence[Message]) -> Iterator[Arrived]:
        for message in messages:
            partition, offset = _place(message)
            try:
                event = events.from_kafka(message.value() or b"")
            except ValidationError:
                # The sink tells the whole story of this message and puts it aside.
                log.warning("tail_skips_undecodable", topic=message.topic(), partition=partition, offset=offset)
                continue
            if isinstance(event, events.PredictionMadeV1) and event.shadow:
                continue  # nobody was served it
            yield event, Position(self._logs[str(message.topic())].epoch, partition, offset)

    def _send(self, channel: Channel, arrived: list[Arrived]) -> None:
        for start in range(0, len(arrived), BATCH):
            self._room.acquire()
            self._on_loop(self._publish_on_loop, channel, arrived[start : start + BATCH])

    def _publish_on_loop(self, channel: Channel, arrived: list[Arrived]) -> None:
        try:
            self._hub.publish(channel, arrived)
        finally:
            self._room.release()

    def _on_loop(self, act: Callable[..., None], *args: object) -> None:
        self._loop.call_soon_threadsafe(act, *args)


def _place(message: Message) -> tuple[int, int]:
    partition, offset = message.partition(), message.offset()
    if partition is None or offset is None:
        raise ValueError("a consumed message names no partition or offset")
    return partition, offset


def _usable(message: Message) -> bool:
    error = message.error()
    if error is None:
        return True
    if error.fatal():
        raise KafkaException(error)
    log.info("tail_waits", error=error.str())
    return False
