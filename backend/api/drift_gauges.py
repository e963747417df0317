"""The newest drift check of each ticker as gauges."""

from backend.api import metrics
from backend.src.data.drift_store import DriftStore
from backend.src.data.monitor_orm import DriftCheck


class DriftGauges:
    """Sets the gauges from the table; a ticker that it no longer has is no longer exported."""

    def __init__(self, store: DriftStore) -> None:
        self._store = store
        self._exported: set[str] = set()

    def refresh(self) -> None:
        """Export what was found by now."""
        checks = {check.ticker: check for check in self._store.newest()}
        for gone in self._exported - checks.keys():
            for gauge in (metrics.DRIFT_RATIO, metrics.CONCEPT_RATIO, metrics.DRIFTED):
                gauge.remove(gone)
        for ticker, check in checks.items():
            metrics.DRIFT_RATIO.labels(ticker).set(_feature_ratio(check))
            metrics.CONCEPT_RATIO.labels(ticker).set(_concept_ratio(check))
            metrics.DRIFTED.labels(ticker).set(check.drifted)
        self._exported = set(checks)


def _feature_ratio(check: DriftCheck) -> float:
    return float(check.findings["features"].get("max_ratio", "nan"))  # not a number while too few sessions are new


def _concept_ratio(check: DriftCheck) -> float:
    found = check.findings["concept"]
    return float(found["statistic"] / found["threshold"]) if found["threshold"] else float("nan")
