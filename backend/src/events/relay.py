"""Sends what the outbox still holds, and asks the sink what it never got."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import structlog
from clickhouse_connect.driver.client import Client
from sqlalchemy import Engine, text

from backend.src.events.outbox_store import DIRECT_GRACE, OutboxStore
from backend.src.events.producer import EventProducer
from bellwether_contracts import tables, topics

log = structlog.get_logger(__name__)

_SINKS = {
    topics.PREDICTIONS.name: (tables.PREDICTIONS, "prediction_id"),
    topics.ALERTS.name: (tables.ALERTS, "event_id"),
}
"""The table that a topic's events end up in, and the column of their ids."""


class Relay:
    """One pass at a time over the outbox, by whichever backend holds the lock."""

    def __init__(self, engine: Engine, outbox: OutboxStore, producer: EventProducer) -> None:
        self._engine = engine
        self._outbox = outbox
        self._producer = producer

    def send_pending(self, older_than: timedelta = DIRECT_GRACE) -> bool:
        """Send events that Kafka has not acknowledged, oldest first.

        Returns:
            True when none is left; False when Kafka is away or another process is at it.
        """
        with self._alone() as alone:
            if not alone:
                return False
            while events := self._outbox.unsent(older_than):
                acknowledged = self._producer.send_all(events)
                if acknowledged:
                    self._outbox.mark_sent(acknowledged)
                if len(acknowledged) < len(events):
                    return False
        return True

    def reconcile(self, clickhouse: Client) -> tuple[int, int]:
        """Let go of events that ClickHouse has; hand the others to `send_pending` again.

        A broker that forgot, or a consumer that failed, is found out here.

        Returns:
            How many were confirmed, and how many are sent again.
        """
        with self._alone() as alone:
            if not alone:
                return 0, 0
            counts = [self._confirm(clickhouse, topic) for topic in _SINKS]
        return sum(stored for stored, _missing in counts), sum(missing for _stored, missing in counts)

    def _confirm(self, clickhouse: Client, topic: str) -> tuple[int, int]:
        wanted = self._outbox.to_confirm(topic)
        stored = stored_events(clickhouse, topic, wanted) if wanted else set()
        missing = [event_id for event_id in wanted if event_id not in stored]
        if stored:
            self._outbox.confirm(list(stored))
        if missing:
            log.warning("the sink never got these, sending again", topic=topic, events=len(missing))
            self._outbox.send_again(missing)
        return len(stored), len(missing)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Hold the relay's lock for a pass; False when another backend has it."""
        with self._engine.connect() as connection:
            yield connection.execute(text("SELECT pg_try_advisory_xact_lock(hashtext('outbox.relay'))")).scalar_one()


def stored_events(clickhouse: Client, topic: str, event_ids: Sequence[UUID]) -> set[UUID]:
    """Which of a topic's events ClickHouse has."""
    table, event_id = _SINKS[topic]
    result = clickhouse.query(
        f"SELECT DISTINCT {event_id} FROM {table} WHERE {event_id} IN {{ids:Array(UUID)}}",  # noqa: S608 - names of ours
        parameters={"ids": list(event_ids)},
    )
    return {row[0] for row in result.result_rows}
