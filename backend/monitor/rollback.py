"""Bad promotions are undone by themselves: a champion that harms live gives its place back, and an alert says so.

A champion that came by a move of its alias is bad at a horizon when the forecasts of its own that it served there
since were wrong by more than `factor` times what "no change" would have been, over at least so many scored sessions,
and when that can hardly be bad luck: the evidence of harm (`harm_values`) has reached 1 / `ALPHA`. A model that misses
by no more than "no change" does is thus rolled back with a probability of at most `ALPHA` in its whole life, whatever
the market does and however often it is looked at; the ratio alone would do so to every tenth.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from backend.errors import ConflictError
from backend.src.alerting.alert_book import AlertBook, Trouble
from backend.src.data.deployment_store import DeploymentStore, Entry, in_words
from backend.src.data.live_store import LiveOutcome, LiveStore
from backend.src.data.orm import Deployment
from backend.src.data.policy_store import PolicyStore
from backend.src.runtime import Runtime
from backend.src.training.sequential import harm_values

ALPHA = 0.01
"""Probability that a champion that does no harm is ever rolled back."""

KIND = "bad_promotion"
ACTOR = "policy:rollback"


@dataclass(frozen=True, slots=True)
class Record:
    """What a champion did live at a horizon since it was made champion.

    Attributes:
        ratio: Mean absolute error over naive's; None while nothing was scored or no price moved.
        e_value: Evidence that it misses by more than naive.
    """

    model_id: int
    horizon: int
    sessions: int
    ratio: float | None
    e_value: float


@dataclass(frozen=True, slots=True)
class Rule:
    """When a record is bad."""

    factor: float
    sessions: int

    def condemns(self, record: Record) -> bool:
        """Whether it is."""
        worse = record.ratio is not None and record.ratio > self.factor
        return worse and record.sessions >= self.sessions and record.e_value >= 1 / ALPHA

    def clears(self, record: Record) -> bool:
        """Whether it is long enough to say that what serves is not bad."""
        return record.sessions >= self.sessions and not self.condemns(record)


class RollbackReview:
    """Looks at the champions of a ticker."""

    def __init__(
        self, deployments: DeploymentStore, policies: PolicyStore, live: LiveStore, alerts: AlertBook, rule: Rule
    ) -> None:
        self._deployments = deployments
        self._policies = policies
        self._live = live
        self._alerts = alerts
        self._rule = rule

    def review(self, ticker: str) -> dict[str, Any] | None:
        """Undo the promotions of a ticker that proved bad, and keep its alert up to date.

        Where the policy is `off` nothing moves by itself: then there is only the alert.

        Returns:
            The records of the champions that came by a move, and what was done; None where there is none.
        """
        heads = {h: head for h, head in self._deployments.heads(ticker).items() if head.previous_model_id is not None}
        if not heads:
            return None
        served = {head.model_id for head in heads.values() if head.model_id is not None}
        outcomes = self._live.outcomes(ticker, served)
        records = {horizon: record_of(outcomes, head) for horizon, head in heads.items()}
        bad = [h for h, record in records.items() if heads[h].serves == "model" and self._rule.condemns(record)]
        moves = self._policies.policy(ticker) != "off"
        done = [self._undo(heads[horizon], records[horizon]) for horizon in bad] if moves else []
        self._tell(ticker, heads, records, bad, done)
        return {"champions": [asdict(record) for record in records.values()], "rolled_back": done}

    def _undo(self, head: Deployment, record: Record) -> str:
        """Give the place back to the champion before; where there is none, let the model no longer speak.

        Raises:
            ConflictError: another move came in between; the next review looks again.
        """
        why = _reason(head, record)
        entry, evidence = Entry(ACTOR, why), {"live": asdict(record), "by": ACTOR}
        try:
            (move,) = self._deployments.rollback(head.ticker, entry, [head.horizon], evidence)
        except ConflictError:
            if self._deployments.heads(head.ticker)[head.horizon].id != head.id:
                raise
            self._deployments.silence(head, entry, f"No better than no change: {why}", evidence)
            return f"{why}; there is no earlier champion: no change serves in its bands"
        return f"{why}; model {move.model_id} serves again"

    def _tell(
        self, ticker: str, heads: dict[int, Deployment], records: dict[int, Record], bad: list[int], done: list[str]
    ) -> None:
        """The alert fires from the finding until what serves instead has shown for as long that it is not bad."""
        undone = [h for h, head in heads.items() if head.actor == ACTOR and not self._rule.clears(records[h])]
        if bad:
            lines = done or [f"{_reason(heads[h], records[h])}; the policy is off: it stays" for h in bad]
            self._fire(ticker, " ".join(f"{line}." for line in lines), [records[horizon] for horizon in bad])
        elif undone:
            self._fire(ticker, " ".join(f"{heads[h].reason}." for h in undone), [records[h] for h in undone])
        else:
            self._alerts.resolve(KIND, ticker)

    def _fire(self, ticker: str, summary: str, records: list[Record]) -> None:
        worst = max(records, key=lambda record: record.ratio or 0.0)
        horizons = ", ".join(str(record.horizon) for record in records)
        self._alerts.fire(Trouble(KIND, ticker, "critical", summary, {**asdict(worst), "horizons": horizons}))


def rollback_review(runtime: Runtime) -> RollbackReview:
    """The review with this process's stores."""
    settings = runtime.settings
    rule = Rule(settings.rollback_factor, settings.rollback_sessions)
    return RollbackReview(runtime.deployments, runtime.policies, runtime.live, runtime.alerts, rule)


def record_of(outcomes: list[LiveOutcome], head: Deployment) -> Record:
    """What the champion of an entry served at its horizon since then."""
    mine = [
        each
        for each in outcomes
        if not each.shadow
        and (each.model_id, each.horizon) == (head.model_id, head.horizon)
        and each.made_at >= head.at
    ]
    forecast, actual = np.array([each.forecast for each in mine]), np.array([each.actual for each in mine])
    error, naive = np.abs(actual - forecast), np.abs(actual)
    ratio = float(error.mean() / naive.mean()) if naive.any() else None
    e_value = float(harm_values(forecast, actual, head.horizon)[-1]) if mine else 1.0
    return Record(head.model_id or 0, head.horizon, len(mine), ratio, e_value)


def _reason(head: Deployment, record: Record) -> str:
    return (
        f"At {in_words([head.horizon])}, model {head.model_id} missed by {record.ratio:.2f} times what no change would"
        f" have over the {record.sessions} sessions since it was made champion (evidence {record.e_value:.3g})"
    )
