"""The process's parts, and how they start and stop together."""

import asyncio
import os
import signal
import threading

import structlog
from clickhouse_connect.driver.exceptions import ClickHouseError

from bellwether_contracts import topics
from ws_monitor import warehouse
from ws_monitor.hub import Hub
from ws_monitor.metrics import Metrics
from ws_monitor.settings import WsMonitorSettings
from ws_monitor.sink import Sink
from ws_monitor.tail import LiveTail
from ws_monitor.topic_watch import TopicWatch
from ws_monitor.warehouse import Warehouse
from ws_monitor.workers import Worker

JOIN_SECONDS = 10
CAUGHT_UP_SECONDS = 5

log = structlog.get_logger(__name__)


class Monitor:
    """Hub, live tail and sink of one process."""

    def __init__(self, settings: WsMonitorSettings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.hub = Hub(self.metrics, settings.ring_size, settings.backlog_size)
        self._stop = threading.Event()
        self._watch = TopicWatch(settings.kafka_bootstrap_servers, [topic.name for topic in topics.ALL])

    async def start(self) -> None:
        """Fill the rings from ClickHouse, then begin to consume."""
        loop = asyncio.get_running_loop()
        await self._seed()
        self._tail = LiveTail(self.settings, self._watch, self.hub, loop)
        self._sink = Sink(self.settings, self.metrics, self._stop)
        self._workers = [
            Worker("sink", self._sink.run, self._stop, _end_process),
            Worker("tail", self._tail.run, self._stop, _end_process),
        ]
        for worker in self._workers:
            worker.start()
        self._heart = loop.create_task(self._beat())
        self._heart.add_done_callback(self._heart_ended)
        await asyncio.to_thread(self._tail.caught_up.wait, CAUGHT_UP_SECONDS)

    async def stop(self) -> None:
        """Finish what is being written, commit it, leave."""
        self._stop.set()
        self._heart.cancel()
        for worker in self._workers:
            await asyncio.to_thread(worker.join, JOIN_SECONDS)

    async def problems(self) -> dict[str, str]:
        """What keeps the process from its work right now, by part; empty when it is ready."""
        found = {worker.name: "its thread has ended" for worker in self._workers if not worker.alive()}
        if (kafka := self._watch.problem()) is not None:
            found["kafka"] = kafka
        elif not self._sink.joined:
            found["sink"] = "not yet a member of its consumer group"
        if self._sink.trouble is not None:
            found["sink"] = f"retrying: {self._sink.trouble}"
        try:
            await asyncio.to_thread(warehouse.ping, self.settings.clickhouse_url.get_secret_value())
        except OSError as error:
            found["clickhouse"] = str(error)
        return found

    async def _seed(self) -> None:
        store = Warehouse(self.settings.clickhouse_url.get_secret_value())
        try:
            predictions, alerts = await asyncio.to_thread(store.history, self.settings.ring_size)
        except (ClickHouseError, OSError) as error:
            log.warning("no_history", error=str(error), backlog="holds what Kafka still has")
            return
        finally:
            store.reset()
        self.hub.seed("predictions", predictions)
        self.hub.seed("alerts", alerts)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.settings.heartbeat_seconds)
            self.hub.heartbeat()

    def _heart_ended(self, heart: asyncio.Task[None]) -> None:
        if not heart.cancelled():
            log.error("heartbeat_died", exc_info=heart.exception())
            _end_process()


def _end_process() -> None:
    """A half-dead process helps nobody: end it, so that whoever supervises it starts a whole one."""
    os.kill(os.getpid(), signal.SIGTERM)
