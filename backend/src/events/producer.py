"""One Kafka producer per process: idempotent, acknowledged by all, every delivery reported."""

import threading
from collections.abc import Callable, Sequence
from uuid import UUID

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from backend.src.events.outbox_store import Outgoing

MESSAGE_TIMEOUT_MS = 5000
"""What Kafka has not acknowledged by then is the outbox's to send."""

Delivered = Callable[[UUID, bool], None]
"""Called with an event's id and whether Kafka has it; on the producer's own thread."""


class EventProducer:
    """Sends events without waiting; a thread of its own serves the delivery reports.

    A failed delivery renews the connection and with it the producer's id: a broker that lost its memory knows
    the old id no more and would refuse it for ever.
    """

    def __init__(self, bootstrap_servers: str) -> None:
        self._config = {
            "bootstrap.servers": bootstrap_servers,
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 2,
            "message.timeout.ms": MESSAGE_TIMEOUT_MS,
            "reconnect.backoff.max.ms": 1000,
            "queue.buffering.max.messages": 50_000,
            "log_level": 2,  # a broker that is away shows in delivery reports; its retries would fill the log
        }
        self._producer = Producer(self._config)
        self._producing = threading.Lock()
        self._failed = threading.Event()
        self._closing = threading.Event()
        self._poller = threading.Thread(target=self._poll, name="kafka-delivery-reports", daemon=True)
        self._poller.start()

    def send(self, event: Outgoing, delivered: Delivered) -> None:
        """Queue one event; `delivered` tells what became of it.

        A full queue, or a topic that Kafka is known not to have, is reported as not delivered: the outbox has the
        event.
        """

        def report(error: KafkaError | None, _message: Message) -> None:
            if error is not None:
                self._failed.set()
            delivered(event.event_id, error is None)

        try:
            with self._producing:
                self._producer.produce(
                    event.topic, key=event.key.encode(), value=event.payload.encode(), on_delivery=report
                )
        except (BufferError, KafkaException):
            delivered(event.event_id, False)

    def send_all(self, events: Sequence[Outgoing]) -> list[UUID]:
        """Send events in order and wait for Kafka.

        Returns:
            The ids that Kafka acknowledged.
        """
        acknowledged: list[UUID] = []
        reported = threading.Semaphore(0)

        def note(event_id: UUID, ok: bool) -> None:
            if ok:
                acknowledged.append(event_id)
            reported.release()

        for event in events:
            self.send(event, note)
        for _ in events:
            reported.acquire(timeout=2 * MESSAGE_TIMEOUT_MS / 1000)
        return acknowledged

    def close(self) -> None:
        """Send what is queued, for a moment, then stop."""
        self._producer.flush(3)
        self._closing.set()
        self._poller.join()

    def _poll(self) -> None:
        while not self._closing.is_set():
            self._producer.poll(0.1)
            if self._failed.is_set():
                self._renew()

    def _renew(self) -> None:
        """Start afresh; what the old producer still held is reported as not delivered."""
        with self._producing:
            old, self._producer = self._producer, Producer(self._config)
        old.purge()
        old.flush(1)
        self._failed.clear()
