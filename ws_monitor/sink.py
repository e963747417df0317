"""The sink: every event into ClickHouse, then the commit. Replicas share the work as one consumer group."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition
from pydantic import ValidationError

from bellwether_contracts import events, topics
from bellwether_contracts.consuming import group_member
from ws_monitor import rows, warehouse
from ws_monitor.dead_letters import DeadLetter, LetterSender
from ws_monitor.metrics import Metrics
from ws_monitor.settings import WsMonitorSettings
from ws_monitor.warehouse import Warehouse

GROUP = "ws_monitor.sink"
TRIES = 5
PATIENCE_SECONDS = (0.1, 0.2, 0.4, 0.8)
"""Between the tries of a message that looks poisoned."""

RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0)
"""Between the tries of anything else; the last one is repeated for as long as it takes."""

Offsets = dict[tuple[str, int], int]
"""By topic and partition."""

log = structlog.get_logger(__name__)


class Stopped(Exception):
    """The process is to end while a batch is not yet written: it is read again next time."""


@dataclass(frozen=True)
class Decoded:
    """A message and the rows that it becomes."""

    message: Message
    event_id: str
    table: str
    rows: list[rows.Row]


class Sink:
    """Reads batches, writes them, commits them; retries until ClickHouse takes them."""

    def __init__(self, settings: WsMonitorSettings, metrics: Metrics, stop: threading.Event) -> None:
        self.joined = False
        self.trouble: str | None = None
        self._settings = settings
        self._metrics = metrics
        self._stop = stop
        self._warehouse = Warehouse(settings.clickhouse_url.get_secret_value())
        self._dead_letters = LetterSender(settings.kafka_bootstrap_servers)
        self._consumer = Consumer(group_member(settings.kafka_bootstrap_servers, GROUP, settings.sink_fetch_wait_ms))
        self._unwritten: Offsets = {}

    def run(self, stop: threading.Event) -> None:
        """Move batches until told to stop, then leave the group."""
        self._consumer.subscribe(
            [topic.name for topic in topics.ALL], on_assign=self._assigned, on_revoke=self._left, on_lost=self._left
        )
        try:
            while not stop.is_set():
                batch = self.read()
                if batch:
                    self.write(batch)
                    self.commit(batch)
        except Stopped:
            log.warning("sink_stopped_before_writing", messages="are read again at the next start")
        finally:
            self._consumer.close()
            self._warehouse.reset()

    def read(self) -> list[Message]:
        """The next batch: the first message, and what else comes within the batch's time and size."""
        first = self._consumer.poll(0.5)
        if first is None:
            return []
        more = self._consumer.consume(self._settings.sink_batch_rows - 1, timeout=self._settings.sink_batch_seconds)
        return [message for message in (first, *more) if _usable(message)]

    def write(self, batch: Sequence[Message]) -> None:
        """Put every message of the batch into ClickHouse or the dead-letter topic, however long it takes."""
        self._unwritten = _offsets(batch, min)
        decoded: list[Decoded] = []
        suspects: list[Message] = []
        for message in batch:
            try:
                decoded.append(_decode(message))
            except ValueError:
                suspects.append(message)
        for table in rows.COLUMNS:
            suspects += self._insert([item for item in decoded if item.table == table])
        if suspects:
            self._isolate(suspects)

    def commit(self, batch: Sequence[Message]) -> None:
        """Tell Kafka what is written; when that fails it is only written again."""
        ends = {at: last + 1 for at, last in _offsets(batch, max).items()}
        try:
            self._consumer.commit(offsets=[TopicPartition(*at, end) for at, end in ends.items()], asynchronous=False)
        except KafkaException as error:
            log.warning("sink_commit_failed", error=str(error))
        self._measure_lag(ends)

    def _insert(self, items: Sequence[Decoded]) -> list[Message]:
        """Insert one table's rows; returns the messages of a batch that ClickHouse refuses for its values."""
        if not items:
            return []
        table = items[0].table
        token = hashlib.sha256("".join(item.event_id for item in items).encode()).hexdigest()
        written = [row for item in items for row in item.rows]
        try:
            self._persist("clickhouse", lambda: self._warehouse.insert(table, written, token))
        except warehouse.REFUSED as error:
            log.warning("sink_batch_refused", table=table, messages=len(items), error=str(error))
            return [item.message for item in items]
        self._metrics.sink_rows.labels(table).inc(len(written))
        return []

    def _persist(self, what: str, act: Callable[[], None]) -> None:
        """Try until it works; only what blames the rows themselves is raised."""
        tries = 0
        while True:
            try:
                act()
            except Exception as error:
                if what == "clickhouse" and warehouse.blames_rows(error):
                    raise
                self.trouble = f"{what}: {error}"
                log.warning("sink_retries", what=what, tries=tries + 1, error=str(error))
                self._warehouse.reset()
                self._measure_lag(self._unwritten)  # it grows meanwhile
                self._wait(RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)])
                tries += 1
            else:
                self.trouble = None
                return

    def _isolate(self, suspects: Sequence[Message]) -> None:
        """Try the messages one by one, then put those aside that failed every time."""
        letters: list[DeadLetter] = []
        left = list(suspects)
        for tries in range(1, TRIES + 1):
            letters = [letter for message in left if (letter := self._try_alone(message, tries)) is not None]
            left = [letter.message for letter in letters]
            if not left:
                return
            if tries < TRIES:
                self._wait(PATIENCE_SECONDS[tries - 1])
        parcels = [letter.parcel() for letter in letters]
        self._persist("kafka", lambda: self._dead_letters.send(parcels))
        for letter in letters:
            log.error("dead_letter", error=letter.error, **_place(letter.message))
            self._metrics.dead_letters.labels(str(letter.message.topic())).inc()

    def _try_alone(self, message: Message, tries: int) -> DeadLetter | None:
        try:
            item = _decode(message)
            self._persist("clickhouse", lambda: self._warehouse.insert(item.table, item.rows, item.event_id))
        except warehouse.REFUSED as error:
            return DeadLetter(message, _explain(error), tries)
        self._metrics.sink_rows.labels(item.table).inc(len(item.rows))
        return None

    def _wait(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Stopped

    def _measure_lag(self, written: Offsets) -> None:
        """How much lies behind what is written, as far as the broker has told."""
        lags: dict[str, int] = {}
        for (topic, partition), next_one in written.items():
            _, high = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), cached=True)
            lags[topic] = lags.get(topic, 0) + max(0, high - next_one)
        for topic, lag in lags.items():
            self._metrics.sink_lag.labels(topic).set(lag)

    def _assigned(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self.joined = True
        log.info("sink_assigned", partitions=len(partitions))

    def _left(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self.joined = False
        log.info("sink_unassigned", partitions=len(partitions))


def _offsets(batch: Sequence[Message], chosen: Callable[[int, int], int]) -> Offsets:
    found: Offsets = {}
    for message in batch:
        at, offset = (str(message.topic()), message.partition() or 0), message.offset() or 0
        found[at] = chosen(found.get(at, offset), offset)
    return found


def _decode(message: Message) -> Decoded:
    event = events.from_kafka(message.value() or b"")
    table, made = rows.of(event)
    return Decoded(message, str(event.event_id), table, made)


def _explain(error: Exception) -> str:
    if isinstance(error, ValidationError):
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'message'}: {one['msg']}" for one in problems[:10])
    return f"{type(error).__name__}: {error}"


def _place(message: Message) -> dict[str, object]:
    return {"topic": message.topic(), "partition": message.partition(), "offset": message.offset()}


def _usable(message: Message) -> bool:
    error = message.error()
    if error is None:
        return True
    if error.fatal():
        raise KafkaException(error)
    log.info("sink_waits", error=error.str())
    return False
