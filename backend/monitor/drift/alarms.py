"""Says that a market or a model has drifted, and that it no longer does."""

from typing import Protocol

from backend.monitor.drift.concept import ConceptFinding
from backend.monitor.drift.gate import FeatureFinding
from backend.src.alerting.alert_book import AlertBook, Trouble
from backend.src.data.orm import Model

FEATURE_DRIFT = "feature_drift"
CONCEPT_DRIFT = "concept_drift"
_NAMED = 3


class _Nothing(Protocol):
    """What could not be checked."""

    @property
    def state(self) -> str:
        """Why."""


def sound(alerts: AlertBook, model: Model, features: FeatureFinding | _Nothing, concept: ConceptFinding) -> None:
    """Raise or end both alerts of a ticker. What can't be checked, as with a new champion, is no trouble of now."""
    if isinstance(features, FeatureFinding) and features.drifted:
        alerts.fire(_feature_drift(model, features))
    else:
        alerts.resolve(FEATURE_DRIFT, model.ticker)
    if concept.drifted:
        alerts.fire(_concept_drift(model, concept))
    else:
        alerts.resolve(CONCEPT_DRIFT, model.ticker)


def _feature_drift(model: Model, found: FeatureFinding) -> Trouble:
    out = [each for each in found.columns if each.ratio > 1]
    named = ", ".join(each.name for each in out[:_NAMED])
    more = f" and {len(out) - _NAMED} more" if len(out) > _NAMED else ""
    return Trouble(
        kind=FEATURE_DRIFT,
        subject=model.ticker,
        severity="warning",
        summary=f"{model.ticker} no longer behaves as in the training of model {model.id}: {named}{more}.",
        evidence={
            "model_id": model.id,
            "columns": named,
            "drifted_columns": len(out),
            "max_ratio": found.max_ratio,
            "false_alarm_rate": found.false_alarm_rate,
        },
    )


def _concept_drift(model: Model, found: ConceptFinding) -> Trouble:
    return Trouble(
        kind=CONCEPT_DRIFT,
        subject=model.ticker,
        severity="warning",
        summary=f"Model {model.id} of {model.ticker} errs more beside naive than it did out of sample.",
        evidence={
            "model_id": model.id,
            "sessions": found.sessions,
            "statistic": found.statistic,
            "threshold": found.threshold,
            "live_ratio": found.live_ratio,
            "record_ratio": found.record_ratio,
            "false_alarm_rate": found.false_alarm_rate,
        },
    )
