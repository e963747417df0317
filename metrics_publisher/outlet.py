"""Sends samples to Kafka without ever waiting for it."""

import time

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer
from prometheus_client import CollectorRegistry, Counter, ProcessCollector

from bellwether_contracts import metric_names, topics
from bellwether_contracts.events import MetricsSampledV1

MESSAGE_SECONDS = 30
"""A sample that could not be sent for this long is of no use any more."""

log = structlog.get_logger(__name__)


class Outlet:
    """A producer that drops what is old, and says so."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._published = Counter(
            metric_names.SAMPLES_PUBLISHED, "Messages that Kafka acknowledged.", ["topic"], registry=self.registry
        )
        self._dropped = Counter(
            metric_names.SAMPLES_DROPPED, "Messages that Kafka did not take in time.", ["topic"], registry=self.registry
        )
        self._acknowledged_at: float | None = None
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap_servers,
                # Not idempotent: a broker that lost its memory never takes such a producer back. One request at a
                # time keeps the order, and every reader drops repeats by event id.
                "enable.idempotence": False,
                "max.in.flight.requests.per.connection": 1,
                "acks": "all",
                "linger.ms": 5,
                "message.timeout.ms": MESSAGE_SECONDS * 1000,
                "queue.buffering.max.messages": 2000,
                "reconnect.backoff.max.ms": 2000,
                "log_level": 2,
            }
        )

    def send(self, event: MetricsSampledV1) -> None:
        """Queue a sample; a full queue, or a topic that is not there, drops it."""
        topic = topics.METRICS.name

        def report(error: KafkaError | None, _message: Message) -> None:
            if error is None:
                self._acknowledged_at = time.monotonic()
                self._published.labels(topic).inc()
            else:
                self._drop(topic, error.str())

        try:
            self._producer.produce(topic, key=event.key, value=event.to_kafka(), on_delivery=report)
        except BufferError:
            self._drop(topic, "the local queue is full")
        except KafkaException as error:  # the topic is not there: known before the message is queued
            self._drop(topic, error.args[0].str())

    def serve(self, seconds: float) -> None:
        """Handle delivery reports for a while."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._producer.poll(left)

    def silent_seconds(self) -> float | None:
        """How long ago Kafka last acknowledged something; None when it never did."""
        return None if self._acknowledged_at is None else time.monotonic() - self._acknowledged_at

    def close(self) -> None:
        """Send what is queued, for a moment."""
        left = self._producer.flush(3)
        if left:
            log.warning("samples_left_unsent", messages=left)

    def _drop(self, topic: str, why: str) -> None:
        self._dropped.labels(topic).inc()
        log.warning("sample_dropped", topic=topic, why=why)
