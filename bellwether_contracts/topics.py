"""Kafka topics: names, partitions and dead-letter topics. Created by `python -m backend.provision topics`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """A topic and its dead-letter twin."""

    name: str
    partitions: int
    retention_hours: int

    @property
    def dead_letter(self) -> str:
        """Where messages go that no try could handle."""
        return dead_letter(self.name)


def dead_letter(name: str) -> str:
    """The dead-letter topic of a topic."""
    return f"{name}.dlq"


PREDICTIONS = Topic("stock_predictions", partitions=6, retention_hours=7 * 24)
METRICS = Topic("monitoring_metrics", partitions=1, retention_hours=24)
ALERTS = Topic("stock_alerts", partitions=3, retention_hours=30 * 24)

ALL = (PREDICTIONS, METRICS, ALERTS)
