"""When is a champion to be trained anew? A pure function of what is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from backend.settings import RetrainSettings

Trigger = Literal["drift", "decay", "age"]
Outcome = Literal["submitted", "waiting", "already_training", "cooling_down", "over_budget"]


@dataclass(frozen=True, slots=True)
class Check:
    """A drift check as the policy sees it.

    Attributes:
        features: Whether features drifted.
        concept: Whether errors did.
        evidence: The numbers behind that.
    """

    features: bool
    concept: bool
    evidence: dict[str, Any]

    @property
    def drifted(self) -> bool:
        """Whether anything did."""
        return self.features or self.concept


@dataclass(frozen=True, slots=True)
class LiveScore:
    """Mean absolute errors over naive's: of what was served, and of the walk-forward."""

    sessions: int
    live: float | None
    record: float | None


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of a ticker and its champion.

    Attributes:
        checks: The champion's newest drift checks, the newest first.
        score: How it did on what it served; None where nothing is known.
        age: Sessions since the end of the newest training that was tried, the champion's or a later one's.
        since_retrain: Sessions since a training was last submitted by this policy; None when it never was.
        in_training: Whether a training of the ticker waits or runs.
        submitted_lately: Trainings submitted in the last 24 hours, of all tickers that share the budget.
        budget: How many they may be.
    """

    checks: Sequence[Check]
    score: LiveScore | None
    age: int
    since_retrain: int | None
    in_training: bool
    submitted_lately: int
    budget: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done about a cause, and why."""

    trigger: Trigger
    outcome: Outcome
    reason: str
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason to train."""

    trigger: Trigger
    reason: str
    evidence: dict[str, Any]


def decide(situation: Situation, settings: RetrainSettings) -> Decision | None:
    """Whether to train, or why not although there is a cause; None without a cause."""
    cause = _cause(situation, settings)
    if cause is None:
        return _waiting(situation, settings)
    obstacle = _obstacle(situation, settings)
    if obstacle is None:
        return Decision(cause.trigger, "submitted", cause.reason, cause.evidence)
    outcome, why = obstacle
    return Decision(cause.trigger, outcome, f"{cause.reason}, but {why}", cause.evidence)


def _cause(situation: Situation, settings: RetrainSettings) -> Cause | None:
    """The most telling cause: drift before decay before age."""
    return _drift(situation, settings) or _decay(situation.score, settings) or _age(situation.age, settings)


def _drift(situation: Situation, settings: RetrainSettings) -> Cause | None:
    """Drift that lasts: a window that is odd for a day is not worth a training."""
    needed = settings.retrain_persistence
    newest = list(situation.checks[:needed])
    if len(newest) < needed or not all(check.drifted for check in newest):
        return None
    what = _what(newest[0])
    return Cause(
        "drift", f"{what} found by {needed} checks in a row", {**newest[0].evidence, "checks_in_a_row": needed}
    )


def _waiting(situation: Situation, settings: RetrainSettings) -> Decision | None:
    """Drift that has not lasted long enough yet."""
    if not situation.checks or not situation.checks[0].drifted:
        return None
    reason = f"{_what(situation.checks[0])} must last {settings.retrain_persistence} checks"
    return Decision("drift", "waiting", reason, situation.checks[0].evidence)


def _what(check: Check) -> str:
    names = {"drift of features": check.features, "growing errors": check.concept}
    return " and ".join(name for name, found in names.items() if found)


def _decay(score: LiveScore | None, settings: RetrainSettings) -> Cause | None:
    if score is None or score.live is None or score.record is None or score.sessions < settings.retrain_decay_sessions:
        return None
    if score.live <= score.record + settings.retrain_decay_margin:
        return None
    reason = (
        f"over {score.sessions} served forecasts the error is {score.live:.3f} of naive's, where the walk-forward had"
        f" {score.record:.3f}"
    )
    return Cause("decay", reason, {"sessions": score.sessions, "live_ratio": score.live, "record_ratio": score.record})


def _age(age: int, settings: RetrainSettings) -> Cause | None:
    oldest = settings.retrain_max_age_sessions
    if age <= oldest:
        return None
    return Cause("age", f"the training ends more than {oldest} sessions ago", {"age_sessions": age})


def _obstacle(situation: Situation, settings: RetrainSettings) -> tuple[Outcome, str] | None:
    if situation.in_training:
        return "already_training", "a training of the ticker is on its way"
    rest = settings.retrain_cool_down_sessions
    if situation.since_retrain is not None and situation.since_retrain < rest:
        return "cooling_down", f"the last training is less than {rest} sessions ago"
    if situation.submitted_lately >= situation.budget:
        return "over_budget", f"the budget of {situation.budget} trainings in 24 hours is used up"
    return None
