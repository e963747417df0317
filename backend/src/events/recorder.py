"""Makes an answered forecast durable at the price of a shared commit, and sends it on.

A forecast counts as recorded once Postgres has committed it to the outbox. Requests that arrive while a commit runs
share the next one, so a busy backend pays for one round trip a batch and not one a forecast. When Postgres is
away, Kafka's acknowledgement stands in, and the event is kept in memory until Postgres has it too: only then can a
broker that forgets be found out. With neither, the forecast is refused and not answered.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from backend.errors import NotRecordedError
from backend.src.events.outbox_store import OutboxStore, Outgoing
from backend.src.events.producer import EventProducer
from backend.src.events.relay import Relay

MAX_BATCH = 500
MARK_SENT_EVERY_SECONDS = 0.5

Result = TypeVar("Result")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Waiting:
    event: Outgoing
    recorded: asyncio.Future[None]


class EventRecorder:
    """Group commit of events to the outbox, then Kafka. Lives on one event loop."""

    def __init__(self, outbox: OutboxStore, producer: EventProducer, relay: Relay) -> None:
        self._outbox = outbox
        self._producer = producer
        self._relay = relay
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._sent: deque[UUID] = deque()
        self._unstored: deque[Outgoing] = deque()
        self._kafka_ok = True
        # Not the loop's own threads: work beside the requests that waits for a store that is away may hold them all.
        self._committing = ThreadPoolExecutor(1, thread_name_prefix="outbox")

    async def record(self, event: Outgoing) -> None:
        """Return once the event can't be lost any more.

        Raises:
            NotRecordedError: neither Postgres nor Kafka took it.
        """
        recorded = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(event, recorded))
        self._wake.set()
        await recorded

    async def run(self) -> None:
        """Serve until cancelled: commit what waits, and note in the outbox what Kafka has."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._commit_forever())
                tasks.create_task(self._mark_sent_forever())
        finally:
            self._committing.shutdown(wait=False)

    async def _commit_forever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH))]
                await self._commit(batch)

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        events = [waiting.event for waiting in batch]
        try:
            await self._commits(self._outbox.add, events)
        except SQLAlchemyError as error:
            log.warning("outbox away, Kafka must acknowledge", events=len(events), error=str(error))
            await self._commit_to_kafka(batch)
            return
        for waiting in batch:
            _resolve(waiting)
        if self._kafka_ok:
            for event in events:
                self._producer.send(event, self._note)

    async def _commits(self, store: Callable[[Sequence[Outgoing]], Result], events: Sequence[Outgoing]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._committing, store, events)

    async def _commit_to_kafka(self, batch: Sequence[_Waiting]) -> None:
        acknowledged = set(await self._commits(self._producer.send_all, [waiting.event for waiting in batch]))
        for waiting in batch:
            if waiting.event.event_id in acknowledged:
                self._unstored.append(waiting.event)
                _resolve(waiting)
            elif not waiting.recorded.done():
                waiting.recorded.set_exception(
                    NotRecordedError("The forecast was made but could not be recorded; please ask again in a moment.")
                )

    def _note(self, event_id: UUID, delivered: bool) -> None:
        """Runs on the producer's thread; deque's append is atomic.

        After a failure nothing is sent from here until the relay has caught up, so that a ticker's events
        keep their order.
        """
        if delivered:
            self._sent.append(event_id)
        else:
            self._kafka_ok = False

    async def _mark_sent_forever(self) -> None:
        while True:
            await asyncio.sleep(MARK_SENT_EVERY_SECONDS)
            try:
                await self._store_late()
                await self._mark_sent()
            except SQLAlchemyError as error:
                log.warning("outbox away", error=str(error))

    async def _store_late(self) -> None:
        late = list(self._unstored)
        if late:
            await asyncio.to_thread(self._outbox.add, late)
            for event in late:
                self._unstored.popleft()
                self._sent.append(event.event_id)

    async def _mark_sent(self) -> None:
        sent = list(self._sent)
        if sent:
            await asyncio.to_thread(self._outbox.mark_sent, sent)
            for _ in sent:
                self._sent.popleft()
        if not self._kafka_ok:
            self._kafka_ok = await asyncio.to_thread(self._relay.send_pending, timedelta(0))


def _resolve(waiting: _Waiting) -> None:
    if not waiting.recorded.done():  # the client may have gone
        waiting.recorded.set_result(None)
