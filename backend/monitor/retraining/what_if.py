"""Would retraining have helped? A past range with the policy's trainings, beside the first model left alone.

At each session the policy sees what it would have seen: the bars to that session, and the outcomes known by then. A
training takes effect at once; that a challenger must first show to be better is left out.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.errors import InvalidRequestError
from backend.monitor.drift.columns import COLUMNS, PERSISTENCE, TARGET, Rows, make_rows
from backend.monitor.drift.concept import ConceptFinding, ConceptTest, Errors
from backend.monitor.drift.gate import Gate
from backend.monitor.retraining.policy import Check, Decision, LiveScore, Situation, decide
from backend.monitor.retraining.recipe import retraining
from backend.monitor.retraining.verdict import compared, sentence
from backend.settings import Settings
from backend.src.features.pipeline import LOOKBACK, make_features
from backend.src.features.served import as_served
from backend.src.features.windows import Floats
from backend.src.inference.served_model import ServedModel
from backend.src.jobs.reporter import Reporter
from backend.src.replay.history import positions, trained_model
from backend.src.training.panel import Panel
from backend.src.training.request import TrainRequest
from backend.src.training.splits import sessions_needed
from bellwether_contracts.market import MAX_HORIZON, Ticker

MIN_SESSIONS: Final = 60
"""Fewer sessions would decide nothing."""

_UNLIMITED = 1
_OUTCOMES = [COLUMNS.index(TARGET), COLUMNS.index(PERSISTENCE)]


class WhatIfRequest(BaseModel):
    """Which range, and how the first model is trained."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ticker: Ticker
    start: date = Field(description="The session at whose close the first model is trained.")
    end: date | None = None
    training: TrainRequest

    @model_validator(mode="after")
    def _in_order(self) -> "WhatIfRequest":
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"to {self.end} is not after from {self.start}")
        return self


@dataclass(frozen=True, slots=True)
class Past:
    """A ticker's series with what follows from it.

    Attributes:
        bars: Every bar.
        rows: The columns that drift is looked for in. Its first row is at bar `LOOKBACK - 1`, as in `features`.
        features: What models see.
        actual: Log returns to the next session, by row; NaN in the last.
        panel: The rows of other tickers, for a type that learns from them.
    """

    bars: pd.DataFrame
    rows: Rows
    features: np.ndarray[Any, np.dtype[np.float32]]
    actual: Floats
    panel: Panel | None


@dataclass(frozen=True, slots=True)
class Tenure:
    """A model from its training on.

    Attributes:
        trained: The row at whose close it was trained.
        learned_to: The last row that it learned from.
        request: How it was asked for.
        own: What it forecasts one session ahead, by row, from its training to the end of the range.
        served: The same as it would have been served.
        concept: Tells when what it served errs more than its walk-forward did.
        gate: Tells when sessions are new to it; None where its history is too short to say.
    """

    trained: int
    learned_to: int
    request: TrainRequest
    own: Floats
    served: Floats
    concept: ConceptTest
    gate: Gate | None


@dataclass(frozen=True, slots=True)
class Retraining:
    """A training that the policy would have asked for, at the close of a row."""

    row: int
    decision: Decision


class WhatIf:
    """Replays one range of one ticker twice."""

    def __init__(self, past: Past, settings: Settings, reporter: Reporter) -> None:
        self._past = past
        self._settings = settings
        self._reporter = reporter

    def run(self, request: WhatIfRequest) -> dict[str, Any]:
        """The report.

        Raises:
            InvalidRequestError: too few sessions in the range, or before it.
            JobCancelledError, LeaseLostError: the job must not go on.
        """
        first, last = self._range(request)
        frozen = self._train(first, last, request.training)
        own, served, retrainings = self._with_policy(frozen, last)
        actual = self._past.actual[first:last]
        blocks = {
            "own": compared(frozen.own[:-1], own[:-1], actual),
            "served": compared(frozen.served[:-1], served[:-1], actual),
        }
        return {
            "ticker": request.ticker,
            "model_type": request.training.model_type,
            "first_session": self._day(first),
            "last_session": self._day(last),
            "sessions": last - first,
            "retrainings": [self._told(each) for each in retrainings],
            **blocks,
            "sentence": sentence(len(retrainings), blocks),
        }

    def _range(self, request: WhatIfRequest) -> tuple[int, int]:
        """The first and last row of the range."""
        end = None if request.end is None else pd.Timestamp(request.end)
        first, last = positions(self._past.bars, pd.Timestamp(request.start), end)
        if first < sessions_needed() - 1:
            raise InvalidRequestError(
                f"A first model needs {sessions_needed()} sessions before {request.start}; {first + 1} are held.",
                required=sessions_needed(),
            )
        if last - first < MIN_SESSIONS:
            raise InvalidRequestError(
                f"The range has {last - first + 1} sessions; {MIN_SESSIONS + 1} are needed.", required=MIN_SESSIONS + 1
            )
        return first - (LOOKBACK - 1), last - (LOOKBACK - 1)

    def _train(self, row: int, last: int, request: TrainRequest) -> Tenure:
        model = trained_model(self._past.bars.iloc[: row + LOOKBACK], request, self._past.panel)
        forecast = model.predict(self._past.features[row : last + 1])
        learned_to = row - MAX_HORIZON
        return Tenure(
            trained=row,
            learned_to=learned_to,
            request=request,
            own=forecast[:, 0],
            served=as_served(forecast, model.serves())[:, 0],
            concept=ConceptTest(_record(model), self._settings.concept_false_alarm_rate),
            gate=self._gate(learned_to),
        )

    def _gate(self, learned_to: int) -> Gate | None:
        rows, settings = self._past.rows, self._settings
        history = Rows(rows.sessions[: learned_to + 1], rows.values[: learned_to + 1])
        try:
            return Gate(history, settings.drift_window, settings.drift_false_alarm_rate)
        except InvalidRequestError:
            return None

    def _with_policy(self, tenure: Tenure, last: int) -> tuple[Floats, Floats, list[Retraining]]:
        """What the models of the policy forecast and serve, and when they were trained."""
        first, found, checks = tenure.trained, list[Retraining](), list[Check]()
        own, served = tenure.own.copy(), tenure.served.copy()
        for row in range(first + 1, last):
            self._reporter.progress((row - first) / (last - first), f"{self._day(row)}, {len(found)} trainings")
            situation = self._situation(tenure, checks, row, found)
            decision = decide(situation, self._settings)
            if decision is None or decision.outcome != "submitted":
                continue
            request = retraining(tenure.request, decision.trigger, self._settings.retrain_drift_window_sessions)
            tenure, checks = self._train(row, last, request), []
            own[row - first :], served[row - first :] = tenure.own, tenure.served
            found.append(Retraining(row, decision))
        return own, served, found

    def _situation(self, tenure: Tenure, checks: list[Check], row: int, found: list[Retraining]) -> Situation:
        """What the policy would have known at the close of a row; its drift check is added to the others."""
        concept = self._concept(tenure, row)
        check = self._check(tenure, concept, row)
        if check is not None:
            checks.insert(0, check)
        return Situation(
            checks=checks,
            score=LiveScore(concept.sessions, concept.live_ratio, concept.record_ratio),
            age=row - tenure.learned_to,
            since_retrain=row - found[-1].row if found else None,
            in_training=False,
            submitted_lately=0,
            budget=_UNLIMITED,
        )

    def _check(self, tenure: Tenure, concept: ConceptFinding, row: int) -> Check | None:
        width = self._settings.drift_window
        features = None
        if tenure.gate is not None and row - tenure.learned_to >= width:
            features = tenure.gate.check(self._window(row, width))
        if features is None and concept.threshold is None:
            return None
        evidence: dict[str, Any] = {"concept": concept.statistic}
        if features is not None:
            evidence |= {"max_ratio": features.max_ratio, "column": features.columns[0].name}
        return Check(features is not None and features.drifted, concept.drifted, evidence)

    def _window(self, row: int, width: int) -> Rows:
        """The newest rows at the close of one: its own outcome is not known yet."""
        rows = self._past.rows
        values = rows.values[row + 1 - width : row + 1].copy()
        values[-1, _OUTCOMES] = np.nan
        return Rows(rows.sessions[row + 1 - width : row + 1], values)

    def _concept(self, tenure: Tenure, row: int) -> ConceptFinding:
        actual = self._past.actual[tenure.trained : row]
        live = Errors(np.abs(actual - tenure.served[: len(actual)]), np.abs(actual))
        return tenure.concept.test(live)

    def _told(self, each: Retraining) -> dict[str, Any]:
        decision = each.decision
        return {
            "session": self._day(each.row),
            "trigger": decision.trigger,
            "reason": decision.reason,
            "evidence": decision.evidence,
        }

    def _day(self, row: int) -> str:
        return str(self._past.rows.sessions[row].date())


def make_past(bars: pd.DataFrame, panel: Panel | None) -> Past:
    """A series made ready to be replayed."""
    rows = make_rows(bars)
    features = np.ascontiguousarray(make_features(bars).to_numpy(np.float32))
    return Past(bars, rows, features, rows.values[:, COLUMNS.index(TARGET)], panel)


def _record(model: ServedModel) -> Errors:
    """The walk-forward's errors, as they would have been served."""
    tested = model.out_of_sample.labelled()
    actual = tested.actual[:, 0]
    return Errors(np.abs(actual - as_served(tested.forecast, model.serves())[:, 0]), np.abs(actual))
