"""Looks at the topics again and again: is the broker there, and is each topic still the one it was?

A broker that keeps nothing comes back with topics of the same names, offsets from 0 and other ids. librdkafka
goes on at its old offset then, silently waiting or skipping; only the topic's id tells.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from ws_monitor import cursors

ASK_SECONDS = 2
STALE_SECONDS = 15


@dataclass(frozen=True)
class Log:
    """One topic as it is now."""

    topic: str
    epoch: str
    partitions: int


class TopicWatch:
    """The broker as last seen."""

    def __init__(self, bootstrap_servers: str, topics: Sequence[str]) -> None:
        self._topics = list(topics)
        self._admin = AdminClient(
            {
                "bootstrap.servers": bootstrap_servers,
                "socket.timeout.ms": 5000,
                "reconnect.backoff.max.ms": 1000,
                "log_level": 2,
            }
        )
        self._looked_at = 0.0
        self._problem: str | None = "not asked yet"

    def look(self) -> dict[str, Log]:
        """The topics that exist; none when the broker is away."""
        try:
            asked = self._admin.describe_topics(TopicCollection(self._topics), request_timeout=ASK_SECONDS)
        except KafkaException as error:
            self._note([str(error)])
            return {}
        logs: dict[str, Log] = {}
        missing: list[str] = []
        for topic, answer in asked.items():
            try:
                found = answer.result(ASK_SECONDS + 1)
            except (KafkaException, TimeoutError) as error:
                missing.append(f"{topic}: {error}")
            else:
                logs[topic] = Log(topic, cursors.epoch_of(str(found.topic_id)), len(found.partitions))
        self._note(missing)
        return logs

    def _note(self, missing: list[str]) -> None:
        self._looked_at = time.monotonic()
        self._problem = "; ".join(missing) or None

    def problem(self) -> str | None:
        """Why the topics can't be read, None when they were all there a moment ago."""
        if self._problem is None and time.monotonic() - self._looked_at > STALE_SECONDS:
            return "nobody has looked lately"
        return self._problem
