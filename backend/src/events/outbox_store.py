"""Events that must arrive, kept until their sink is known to have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Engine, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text, Uuid

from backend.src.data.orm import OutboxEvent

DIRECT_GRACE = timedelta(seconds=3)
"""The backend that recorded an event sends it itself; only what is older is the relay's."""

CONFIRM_AFTER = timedelta(seconds=10)
"""A sink that got an event has stored it by then; what it has not is sent again."""

_INSERT = text(
    "INSERT INTO outbox (event_id, topic, key, payload)"
    " SELECT * FROM unnest(:ids, :topics, :keys, :payloads) ON CONFLICT (event_id) DO NOTHING"
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid())),
    bindparam("topics", type_=ARRAY(Text())),
    bindparam("keys", type_=ARRAY(Text())),
    bindparam("payloads", type_=ARRAY(Text())),
)


@dataclass(frozen=True)
class Outgoing:
    """A message on its way to Kafka."""

    event_id: UUID
    topic: str
    key: str
    payload: str


def add(session: Session, events: Sequence[Outgoing]) -> None:
    """Keep events in the caller's transaction, in one statement; repeats are dropped."""
    session.execute(
        _INSERT,
        {
            "ids": [event.event_id for event in events],
            "topics": [event.topic for event in events],
            "keys": [event.key for event in events],
            "payloads": [event.payload for event in events],
        },
    )


class OutboxStore:
    """The outbox as the recorder and the relay use it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, events: Sequence[Outgoing]) -> None:
        """Keep events; they are durable on return."""
        with Session(self._engine) as session, session.begin():
            add(session, events)

    def mark_sent(self, event_ids: Sequence[UUID]) -> None:
        """Remember that Kafka acknowledged these."""
        with self._engine.begin() as connection:
            connection.execute(
                update(OutboxEvent).where(OutboxEvent.event_id.in_(event_ids)).values(sent_at=func.now())
            )

    def unsent(self, older_than: timedelta, limit: int = 500) -> list[Outgoing]:
        """Events that Kafka has not acknowledged, in the order they were made."""
        statement = (
            select(OutboxEvent)
            .where(OutboxEvent.sent_at.is_(None), OutboxEvent.created_at <= func.now() - older_than)
            .order_by(OutboxEvent.seq)
            .limit(limit)
        )
        with Session(self._engine) as session:
            return [Outgoing(row.event_id, row.topic, row.key, row.payload) for row in session.scalars(statement).all()]

    def to_confirm(self, topic: str, limit: int = 2000) -> list[UUID]:
        """Events that were sent long enough ago for the sink to have them.

        The wait doubles with the event's age, so that a sink that is away for long is not flooded with repeats.
        """
        waited = func.greatest(CONFIRM_AFTER, OutboxEvent.sent_at - OutboxEvent.created_at)
        statement = (
            select(OutboxEvent.event_id)
            .where(OutboxEvent.topic == topic, OutboxEvent.sent_at < func.now() - waited)
            .order_by(OutboxEvent.seq)
            .limit(limit)
        )
        with Session(self._engine) as session:
            return list(session.scalars(statement).all())

    def confirm(self, event_ids: Sequence[UUID]) -> None:
        """Let go of what the sink has."""
        with self._engine.begin() as connection:
            connection.execute(delete(OutboxEvent).where(OutboxEvent.event_id.in_(event_ids)))

    def send_again(self, event_ids: Sequence[UUID]) -> None:
        """Hand what the sink never got to the relay."""
        with self._engine.begin() as connection:
            connection.execute(update(OutboxEvent).where(OutboxEvent.event_id.in_(event_ids)).values(sent_at=None))

    def pending(self) -> int:
        """Events that Kafka has not acknowledged."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).where(OutboxEvent.sent_at.is_(None))).scalar_one()
