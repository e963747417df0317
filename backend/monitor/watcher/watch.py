"""The watch: reads what was served and how the services are, judges it, writes it down, then commits."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import structlog
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from backend.monitor.watcher.desk import Desk
from backend.monitor.watcher.detectors import KINDS
from backend.monitor.watcher.history import History
from backend.monitor.watcher.metrics import WatcherMetrics
from backend.monitor.watcher.scribe import Scribe
from backend.monitor.watcher.settings import WatcherSettings
from backend.monitor.watcher.verdicts import Verdict
from backend.src.alerting.alert_book import AlertBook
from bellwether_contracts import events, topics
from bellwether_contracts.consuming import group_member
from bellwether_contracts.events import AnyEvent, MetricsSampledV1, PredictionMadeV1

GROUP = "watcher"
TOPICS = (topics.PREDICTIONS.name, topics.METRICS.name)
BATCH_MESSAGES = 500
BATCH_SECONDS = 0.2
FETCH_WAIT_MS = 200
QUEUED_KILOBYTES = 4096
LOOK_SECONDS = 5.0
RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0)
"""Between the tries of a store that is away; the last one is repeated for as long as it takes."""

log = structlog.get_logger(__name__)

Findings = list[tuple[Verdict, datetime]]


class Stopped(Exception):
    """The process is to end while a store is away: what was read is read again next time."""


class Watch:
    """One member of the consumer group. It knows nothing that it could not read again from the stores."""

    def __init__(
        self,
        settings: WatcherSettings,
        book: AlertBook,
        history: Callable[[], History],
        metrics: WatcherMetrics,
        stop: threading.Event,
    ) -> None:
        self.trouble: str | None = None
        self.joined = False
        self._settings = settings
        self._scribe = Scribe(book, KINDS)
        self._connect = history
        self._metrics = metrics
        self._stop = stop
        self._desk = Desk(settings)
        self._studied: set[tuple[str, str]] = set()
        self._hears_services = False
        self._looked_at = 0.0
        self._consumer = Consumer(
            group_member(settings.kafka_bootstrap_servers, GROUP, FETCH_WAIT_MS)
            | {"queued.max.messages.kbytes": QUEUED_KILOBYTES}
        )

    def run(self) -> None:
        """Work until told to stop, then leave the group."""
        self._consumer.subscribe(list(TOPICS), on_assign=self._assigned, on_revoke=self._left, on_lost=self._left)
        try:
            while not self._stop.is_set():
                self._turn(self._read())
        except Stopped:
            log.warning("watch_stopped_before_writing", messages="are read again at the next start")
        finally:
            self._consumer.close()

    def _turn(self, batch: Sequence[Message]) -> None:
        findings = [finding for message in batch for finding in self._judge(message)]
        if self.joined and self._hears_services and time.monotonic() - self._looked_at >= LOOK_SECONDS:
            self._looked_at = time.monotonic()
            now = datetime.now(UTC)
            findings += [(verdict, now) for verdict in self._desk.look(now)]
        if findings:
            self._persist(lambda: self._scribe.write(findings))
        if batch:
            self._commit(batch)

    def _read(self) -> list[Message]:
        first = self._consumer.poll(0.5)
        if first is None:
            return []
        more = self._consumer.consume(BATCH_MESSAGES - 1, timeout=BATCH_SECONDS)
        return [message for message in (first, *more) if _usable(message)]

    def _judge(self, message: Message) -> Iterator[tuple[Verdict, datetime]]:
        topic = str(message.topic())
        try:
            event = events.from_kafka(message.value() or b"")
            self._study(event)
            verdicts = list(self._verdicts(event))
        except (ValueError, ArithmeticError) as error:
            self._metrics.skipped.labels(topic).inc()
            log.warning(
                "message_skipped", topic=topic, offset=message.offset(), error=f"{type(error).__name__}: {error}"
            )
            return
        self._metrics.watched.labels(topic).inc()
        if datetime.now(UTC) - event.at < timedelta(seconds=self._settings.watch_news_seconds):
            yield from ((verdict, event.at) for verdict in verdicts)

    def _verdicts(self, event: AnyEvent) -> Iterator[Verdict]:
        match event:
            case PredictionMadeV1():
                yield from self._desk.judge_forecast(event)
            case MetricsSampledV1():
                yield from self._desk.judge_sample(event)

    def _study(self, event: AnyEvent) -> None:
        if not isinstance(event, PredictionMadeV1) or (event.ticker, event.source) in self._studied:
            return
        self._persist(lambda: self._desk.study(event, self._connect()))
        self._studied.add((event.ticker, event.source))

    def _resume(self) -> None:
        """Begin again from what the stores say: another member may have been at these partitions until now."""
        desk, history = Desk(self._settings), self._connect()
        desk.resume(self._scribe.resume())
        if self._hears_services:
            since = datetime.now(UTC) - timedelta(seconds=self._settings.watch_forget_seconds)
            desk.study_services(history.minutes(), history.heard(since))
        self._desk = desk
        self._studied.clear()
        self._looked_at = time.monotonic()

    def _persist(self, act: Callable[[], None]) -> None:
        """Do what needs a store, however long it is away."""
        tries = 0
        while True:
            try:
                act()
            except (ValueError, ArithmeticError):
                raise
            except Exception as error:
                self.trouble = f"{type(error).__name__}: {error}"
                log.warning("watch_retries", tries=tries + 1, error=self.trouble)
                if self._stop.wait(RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)]):
                    raise Stopped from error
                tries += 1
            else:
                self.trouble = None
                return

    def _commit(self, batch: Sequence[Message]) -> None:
        ends: dict[tuple[str, int], int] = {}
        for message in batch:
            at = (str(message.topic()), message.partition() or 0)
            ends[at] = max(ends.get(at, 0), (message.offset() or 0) + 1)
        try:
            self._consumer.commit(offsets=[TopicPartition(*at, end) for at, end in ends.items()], asynchronous=False)
        except KafkaException as error:  # what is read again changes nothing
            log.warning("watch_commit_failed", error=str(error))

    def _assigned(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._hears_services = any(partition.topic == topics.METRICS.name for partition in partitions)
        self._persist(self._resume)
        self.joined = True
        log.info("watch_assigned", partitions=len(partitions))

    def _left(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self.joined = False
        log.info("watch_unassigned", partitions=len(partitions))


def _usable(message: Message) -> bool:
    error = message.error()
    if error is None:
        return True
    if error.fatal():
        raise KafkaException(error)
    log.info("watch_waits", error=error.str())
    return False
