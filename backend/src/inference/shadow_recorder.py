"""Records what challengers would have answered, after the answer and off its path.

Whoever answers only queues the answer. A thread of its own keeps the challengers up to date, looks up what they say
and commits it to the outbox; the relay sends it on. A queue that is full, or a store that is away, costs shadows and
never an answer, and both are counted.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import uuid5

import structlog
from sqlalchemy.exc import SQLAlchemyError

from backend.src.events.outbox_store import OutboxStore, Outgoing
from backend.src.inference.catalogue import in_words
from backend.src.inference.forecast import Forecast
from backend.src.inference.record import prediction_event
from backend.src.inference.shadows import Shadows
from bellwether_contracts import topics
from bellwether_contracts.events import PredictionMadeV1

MAX_BATCH = 200
LINGER_SECONDS = 0.05
"""How long a batch may fill up: nobody waits for it."""

FOLLOW_SECONDS = 0.5
"""How often the challengers are looked after while nothing is asked."""

Outcome = Literal["recorded", "dropped", "failed"]

log = structlog.get_logger(__name__)


def tell_lost(outcome: Outcome, shadows: int) -> None:
    """Log what was not recorded: for a process that exports no numbers."""
    if outcome != "recorded":
        log.warning("shadows lost", outcome=outcome, shadows=shadows)


@dataclass(frozen=True, slots=True)
class Answered:
    """A forecast that was answered, and its event."""

    forecast: Forecast
    event: PredictionMadeV1


class ShadowRecorder:
    """A bounded queue, and the thread that empties it."""

    def __init__(
        self, shadows: Shadows, outbox: OutboxStore, size: int, count: Callable[[Outcome, int], None] = tell_lost
    ) -> None:
        self._shadows = shadows
        self._outbox = outbox
        self._count = count
        self._queue: queue.Queue[Answered] = queue.Queue(size)
        self._stop = threading.Event()
        self._following = True
        self._thread = threading.Thread(target=self._run, name="shadows", daemon=True)

    def start(self) -> None:
        """Begin to record."""
        self._thread.start()

    def close(self) -> None:
        """Record what is queued, then end."""
        self._stop.set()
        self._thread.join(timeout=5)

    def note(self, forecast: Forecast, event: PredictionMadeV1) -> None:
        """Queue an answer for its shadow. Never waits."""
        try:
            self._queue.put_nowait(Answered(forecast, event))
        except queue.Full:
            self._count("dropped", 1)

    def _run(self) -> None:
        while not (self._stop.is_set() and self._queue.empty()):
            batch = self._batch()
            self._follow()  # with the batch in hand: what was answered from is followed by now
            try:
                self._record([made for answered in batch if (made := self._shadow_of(answered)) is not None])
            except Exception:  # the thread must outlive whatever a challenger's forecast does to it
                log.exception("shadows not recorded", answers=len(batch))
                self._count("failed", len(batch))

    def _follow(self) -> None:
        """Bring the challengers up to date; a trouble is logged once until it is over."""
        try:
            self._shadows.refresh()
        except Exception as error:
            if self._following:
                log.warning("challengers not read", error=in_words(error))
            self._following = False
        else:
            self._following = True

    def _batch(self) -> list[Answered]:
        try:
            batch = [self._queue.get(timeout=FOLLOW_SECONDS)]
        except queue.Empty:
            return []
        self._stop.wait(LINGER_SECONDS)
        while len(batch) < MAX_BATCH and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        return batch

    def _shadow_of(self, answered: Answered) -> PredictionMadeV1 | None:
        forecast = self._shadows.forecast(answered.forecast)
        if forecast is not None:
            return shadow_event(forecast, answered.event)
        if self._shadows.behind(answered.forecast):
            self._count("dropped", 1)
        return None

    def _record(self, made: Sequence[PredictionMadeV1]) -> None:
        if not made:
            return
        try:
            self._outbox.add([outgoing(event) for event in made])
        except SQLAlchemyError as error:
            log.warning("shadows not recorded", shadows=len(made), error=str(error))
            self._count("failed", len(made))
        else:
            self._count("recorded", len(made))


def shadow_event(forecast: Forecast, answered: PredictionMadeV1) -> PredictionMadeV1:
    """The event of what a challenger would have answered; its id follows from the answer's."""
    event = prediction_event(
        forecast,
        event_id=uuid5(answered.event_id, "shadow"),
        at=answered.at,
        served_by=answered.served_by,
        request_id=answered.request_id,
        task_id=answered.task_id,
    )
    return event.model_copy(update={"shadow": True})


def outgoing(event: PredictionMadeV1) -> Outgoing:
    """A forecast's event on its way."""
    return Outgoing(event.event_id, topics.PREDICTIONS.name, event.key, event.model_dump_json())
