"""What the watcher counts of itself."""

from prometheus_client import CollectorRegistry, Counter, ProcessCollector

from bellwether_contracts import metric_names as names


class WatcherMetrics:
    """The process's numbers, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.watched = Counter(
            names.WATCHED, "Messages that were judged or learned from.", ["topic"], registry=self.registry
        )
        self.skipped = Counter(
            names.WATCH_SKIPPED,
            "Messages that made no sense; the sink puts them aside.",
            ["topic"],
            registry=self.registry,
        )
