"""Puts messages that no try could handle aside, with what was wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from bellwether_contracts import topics

SEND_SECONDS = 10

TOLD = frozenset({"error", "attempts", "topic", "partition", "offset", "failed_at"})
"""Headers that a dead letter has beside its own."""

Headers = list[tuple[str, str | bytes | None]]


@dataclass(frozen=True)
class Parcel:
    """A message that is to be sent."""

    topic: str
    key: str | bytes | None
    value: str | bytes | None
    headers: Headers


@dataclass(frozen=True)
class DeadLetter:
    """A message and why it can't be handled."""

    message: Message
    error: str
    attempts: int

    def parcel(self) -> Parcel:
        """The letter as it goes to the dead-letter topic."""
        topic = topics.dead_letter(str(self.message.topic()))
        return Parcel(topic, self.message.key(), self.message.value(), self.headers())

    def headers(self) -> Headers:
        """Where the message stood and what was wrong, beside the headers it came with."""
        told = {
            "error": self.error[:2000],
            "attempts": str(self.attempts),
            "topic": str(self.message.topic()),
            "partition": str(self.message.partition()),
            "offset": str(self.message.offset()),
            "failed_at": datetime.now(UTC).isoformat(),
        }
        own = self.message.headers() or []
        return [*(own.items() if isinstance(own, dict) else own), *told.items()]


class LetterSender:
    """Writes to Kafka and waits for its word on every message."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap_servers,
                # Not idempotent: a broker that lost its memory never takes such a producer back. One request at a
                # time keeps the order, and every reader drops repeats by event id.
                "enable.idempotence": False,
                "max.in.flight.requests.per.connection": 1,
                "acks": "all",
                "linger.ms": 0,
                "message.timeout.ms": SEND_SECONDS * 1000,
                "reconnect.backoff.max.ms": 1000,
                "log_level": 2,
            }
        )

    def send(self, parcels: Sequence[Parcel]) -> None:
        """Send all of them.

        Raises:
            KafkaException: one of them was not acknowledged; sending all again is harmless.
        """
        failed: list[KafkaError] = []

        def note(error: KafkaError | None, _message: Message) -> None:
            if error is not None:
                failed.append(error)

        for parcel in parcels:
            self._producer.produce(
                parcel.topic, value=parcel.value, key=parcel.key, headers=parcel.headers, on_delivery=note
            )
        left = self._producer.flush(SEND_SECONDS + 1)
        if failed or left:
            raise KafkaException(failed[0] if failed else KafkaError(KafkaError._MSG_TIMED_OUT))
