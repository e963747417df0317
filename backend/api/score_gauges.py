"""The live scorecard as gauges: of the graded horizons only, so that their number stays small."""

from backend.api import metrics
from backend.src.data.scorecard_store import ScorecardStore

HORIZONS = (1, 5, 20)

_Labels = tuple[str, str, str]


class ScoreGauges:
    """Sets the gauges from the store; a series that it no longer has is no longer exported."""

    def __init__(self, store: ScorecardStore) -> None:
        self._store = store
        self._exported: set[_Labels] = set()

    def refresh(self) -> None:
        """Export what was scored by now. A model with nothing scored has no ratio and no coverage, rather than 0."""
        rows = {_labels(row): row for row in self._store.live(HORIZONS) if row["scored"]}
        for gone in self._exported - rows.keys():
            for gauge in (metrics.LIVE_SCORED, metrics.LIVE_MAE_RATIO, metrics.LIVE_COVERAGE_80):
                gauge.remove(*gone)
        for labels, row in rows.items():
            metrics.LIVE_SCORED.labels(*labels).set(row["scored"])
            # Where no price moved at all, nobody can be compared with naive.
            metrics.LIVE_MAE_RATIO.labels(*labels).set(float("nan") if row["mae_ratio"] is None else row["mae_ratio"])
            metrics.LIVE_COVERAGE_80.labels(*labels).set(row["coverage_80"])
        self._exported = set(rows)


def _labels(row: dict[str, object]) -> _Labels:
    return str(row["ticker"]), str(row["horizon"]), str(row["model_type"])
