"""The process's parts: the watch in the main thread, health beside it."""

import threading
from functools import cached_property

import structlog
from clickhouse_connect.driver.client import Client
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from backend.monitor.watcher.history import History
from backend.monitor.watcher.metrics import WatcherMetrics
from backend.monitor.watcher.settings import WatcherSettings
from backend.monitor.watcher.watch import Watch
from backend.src.alerting.alert_book import AlertBook
from backend.src.data import engines
from bellwether_contracts.health import HealthServer

ASK_SECONDS = 2.0

log = structlog.get_logger(__name__)


class WatcherProcess:
    """Wires the watch to its stores."""

    def __init__(self, settings: WatcherSettings, stop: threading.Event) -> None:
        self._settings = settings
        self._stop = stop
        self._metrics = WatcherMetrics()
        self._engine = engines.postgres(settings.model_meta_db_url.get_secret_value(), pool_size=2)
        self._watch = Watch(settings, AlertBook(engines.sessions(self._engine)), self._history, self._metrics, stop)
        self._admin = AdminClient({"bootstrap.servers": settings.kafka_bootstrap_servers, "log_level": 2})
        self._health = HealthServer(settings.watcher_host, settings.watcher_port, self.problems, self._metrics.registry)

    def run(self) -> int:
        """Watch until told to stop; 1 when it ended before that: whoever supervises it starts a whole one."""
        self._health.start()
        try:
            self._watch.run()
        except Exception:
            log.exception("watch_died")
            return 1
        finally:
            self._health.close()
            self._engine.dispose()
        return 0

    def problems(self) -> dict[str, str]:
        """What keeps the watcher from its work, by part; empty when it is ready."""
        found: dict[str, str] = {}
        if self._watch.trouble is not None:
            found["stores"] = f"retrying: {self._watch.trouble}"
        try:
            self._admin.list_topics(timeout=ASK_SECONDS)
        except KafkaException as error:
            found["kafka"] = error.args[0].str()
        else:
            if not self._watch.joined:
                found["watch"] = "not yet a member of its consumer group"
        return found

    @cached_property
    def _clickhouse(self) -> Client:
        return engines.clickhouse(self._settings)

    def _history(self) -> History:
        return History(self._clickhouse)
