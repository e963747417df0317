"""Checks a ticker: its newest sessions beside the champion's training, its live errors beside the champion's record."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from backend.errors import InvalidRequestError
from backend.monitor.drift.alarms import sound
from backend.monitor.drift.columns import Rows, make_rows
from backend.monitor.drift.concept import ConceptFinding, ConceptTest, Errors
from backend.monitor.drift.gate import FeatureFinding, Gate
from backend.monitor.drift.quality import quality
from backend.src.data.deployment_store import CHAMPION
from backend.src.data.evaluation_files import EvaluationFiles
from backend.src.data.monitor_orm import DriftCheck
from backend.src.data.orm import Deployment, Model
from backend.src.data.scorecard_store import ScoreFilter
from backend.src.data.snapshot_store import SnapshotStore
from backend.src.features.pipeline import LOOKBACK
from backend.src.features.served import as_served
from backend.src.runtime import Runtime

_MODELS = 32
"""Champions whose calibration stays in memory: about a megabyte each."""


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Why there was nothing to check."""

    state: str
    sessions: int = 0

    def as_json(self) -> dict[str, Any]:
        """For a job's result."""
        return {"state": self.state, "sessions": self.sessions}


@dataclass(frozen=True, slots=True)
class History:
    """What a model was trained on.

    Attributes:
        rows: Up to the last session that it learned from.
        returns: Their daily log returns, for the check of the bars' quality.
    """

    rows: Rows
    returns: "pd.Series[float]"


class DriftMonitor:
    """Checks tickers, each session once."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._settings = runtime.settings

    def check(self, ticker: str) -> DriftCheck | Unchecked:
        """The check of a ticker as of its newest bar: made now, or found where it was made before.

        Raises:
            DataQualityError, NotFoundError: the training's snapshot or evaluation can't be read.
            UpstreamError: a store is away.
        """
        champion = self._runtime.deployments.heads(ticker).get(1)
        if champion is None or champion.model_id is None:
            return Unchecked(f"{ticker} has no {CHAMPION}")
        model = self._runtime.models.get(champion.model_id, deleted_too=True)
        bars = self._bars(model)
        new = bars[bars["session"].dt.date > model.train_end]
        if new.empty:
            return Unchecked("not enough sessions yet")
        last = new["session"].iloc[-1].date()
        return self._runtime.drift.of(model.id, last) or self._checked(model, champion, bars, len(new))

    def _bars(self, model: Model) -> pd.DataFrame:
        """The newest bars of the series: what the window's rows are made of."""
        return self._runtime.bars.read(model.ticker, model.source, limit=self._settings.drift_window + LOOKBACK - 1)

    def _checked(self, model: Model, champion: Deployment, bars: pd.DataFrame, new: int) -> DriftCheck | Unchecked:
        features = self._features(model, bars, new)
        concept = self._concept(model, champion)
        before = next(iter(self._runtime.drift.recent(model.ticker, model.id, 1)), None)
        if isinstance(features, Unchecked) and concept.threshold is None:
            sound(self._runtime.alerts, model, features, concept)
            return features
        window = bars.tail(min(new, self._settings.drift_window))
        rate = concept.false_alarm_rate if isinstance(features, Unchecked) else features.false_alarm_rate
        check = self._runtime.drift.add(
            {
                "ticker": model.ticker,
                "model_id": model.id,
                "first_session": window["session"].iloc[0].date(),
                "last_session": window["session"].iloc[-1].date(),
                "sessions": len(window),
                "reference_sessions": len(self.history(model).rows),
                "drifted": concept.drifted or (isinstance(features, FeatureFinding) and features.drifted),
                "false_alarm_rate": rate,
                "findings": {
                    "features": features.as_json(),
                    "concept": concept.as_json(),
                    "quality": self._quality(model, bars, len(window)),
                    "wanted_false_alarm_rate": self._settings.drift_false_alarm_rate,
                    "newly_drifted": before is None or not before.drifted,
                },
            }
        )
        sound(self._runtime.alerts, model, features, concept)
        return check

    def _features(self, model: Model, bars: pd.DataFrame, new: int) -> FeatureFinding | Unchecked:
        width = self._settings.drift_window
        if new < width:
            return Unchecked("not enough sessions yet", new)
        try:
            gate = _gate(
                self._runtime.snapshots, model.snapshot, model.train_end, width, self._settings.drift_false_alarm_rate
            )
        except InvalidRequestError as error:
            return Unchecked(error.detail, new)
        return gate.check(make_rows(bars))

    def history(self, model: Model) -> History:
        """What a model was trained on."""
        return _history(self._runtime.snapshots, model.snapshot, model.train_end)

    def window(self, check: DriftCheck, model: Model) -> Rows:
        """The rows that a check looked at."""
        before = self._settings.drift_window + LOOKBACK - 1
        bars = self._runtime.bars.read(model.ticker, model.source, end=check.last_session, limit=before)
        rows = make_rows(bars)
        return Rows(rows.sessions[-check.sessions :], rows.values[-check.sessions :])

    def _concept(self, model: Model, champion: Deployment) -> ConceptFinding:
        wanted = ScoreFilter(ticker=model.ticker, source=model.source, model_id=model.id, horizon=1, replayed=False)
        served = self._runtime.scores.history(wanted)
        own, naive = (np.abs([row[name] for row in served]) for name in ("error", "naive_error"))
        live = Errors(own.astype(np.float64), naive.astype(np.float64))
        rate = self._settings.concept_false_alarm_rate
        if model.evaluation_sha256 is None:
            return ConceptTest(Errors(np.empty(0), np.empty(0)), rate).test(live)
        return _test(self._runtime.evaluations, model.evaluation_sha256, champion.serves, rate).test(live)

    def _quality(self, model: Model, bars: pd.DataFrame, sessions: int) -> dict[str, Any]:
        return quality(bars.tail(sessions + 1), model.exchange, self.history(model).returns).as_json()


@lru_cache(maxsize=_MODELS)
def _history(snapshots: SnapshotStore, sha256: str, last: date) -> History:
    bars = snapshots.load(sha256)
    rows = make_rows(bars)
    learned = rows.sessions <= pd.Timestamp(last)
    known = bars["session"].dt.date <= last
    returns = np.log(bars.loc[known, "adj_close"]).diff().dropna()
    return History(Rows(rows.sessions[learned], rows.values[learned]), returns)


@lru_cache(maxsize=_MODELS)
def _gate(snapshots: SnapshotStore, sha256: str, last: date, width: int, rate: float) -> Gate:
    """A gate follows from the snapshot, which never changes: it is calibrated once in a process."""
    return Gate(_history(snapshots, sha256, last).rows, width, rate)


@lru_cache(maxsize=_MODELS)
def _test(evaluations: EvaluationFiles, sha256: str, serves: str, rate: float) -> ConceptTest:
    """The test against a walk-forward's errors one session ahead, as they would have been served."""
    rows = evaluations.get(sha256)
    actual = rows.actual[:, 0]
    known = np.isfinite(actual)
    forecast = as_served(rows.forecast, {1: serves})[:, 0]
    return ConceptTest(Errors(np.abs(actual - forecast)[known], np.abs(actual)[known]), rate)
