"""The alerts that fire as gauges: a kind that no longer does is 0 for as long as this process lives."""

from backend.api import metrics
from backend.src.alerting.alert_book import AlertBook


class AlertGauges:
    """Sets the gauges from the book."""

    def __init__(self, book: AlertBook) -> None:
        self._book = book
        self._exported: set[tuple[str, str]] = set()

    def refresh(self) -> None:
        """Export how many fire by now. Both backends count the same rows: rules use `max`, never `sum`."""
        counts = self._book.counts()
        self._exported |= counts.keys()
        for labels in self._exported:
            metrics.ALERTS.labels(*labels).set(counts.get(labels, 0))
