"""The process's own Prometheus numbers."""

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector

from bellwether_contracts import metric_names


class Metrics:
    """Every number of ws_monitor, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.clients = Gauge(metric_names.WS_CLIENTS, "WebSocket clients connected.", registry=self.registry)
        self.frames = Counter(
            metric_names.WS_FRAMES, "Event frames queued for clients.", ["channel"], registry=self.registry
        )
        self.dropped = Counter(
            metric_names.WS_DROPPED, "Frames dropped because a client read too slowly.", registry=self.registry
        )
        self.sink_rows = Counter(
            metric_names.SINK_ROWS, "Rows written to ClickHouse.", ["table"], registry=self.registry
        )
        self.sink_lag = Gauge(
            metric_names.SINK_LAG, "Messages not yet written to ClickHouse.", ["topic"], registry=self.registry
        )
        self.dead_letters = Counter(
            metric_names.DEAD_LETTERS, "Messages that no try could handle.", ["topic"], registry=self.registry
        )
