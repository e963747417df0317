"""Promotion on live outcomes: a challenger in shadow is looked at again whenever the market has answered.

What both models forecast live for the same sessions follows on what they forecast in their walk-forwards, and the same
test goes on: it stays valid however often it is looked at. A model that no person asked for is not looked at before it
has run in shadow for some sessions.
"""

from collections.abc import Mapping
from typing import Any

from backend.src.data.deployment_store import CHALLENGER, DeploymentStore
from backend.src.data.live_store import LiveOutcome, LiveStore
from backend.src.data.model_store import ModelStore
from backend.src.data.orm import Deployment, Model
from backend.src.data.policy_store import Policy, PolicyStore
from backend.src.runtime import Runtime
from backend.src.training.pairs import Pairs, live_pairs
from backend.src.training.promotion import Promoter


class PromotionReview:
    """Looks at the challengers of a ticker."""

    def __init__(
        self,
        deployments: DeploymentStore,
        models: ModelStore,
        policies: PolicyStore,
        promoter: Promoter,
        live: LiveStore,
        min_shadow_sessions: int,
    ) -> None:
        self._deployments = deployments
        self._models = models
        self._policies = policies
        self._promoter = promoter
        self._live = live
        self._min_shadow_sessions = min_shadow_sessions

    def review(self, ticker: str) -> dict[str, Any] | None:
        """Compare challengers with champions where there is new evidence, and act by the ticker's policy.

        Returns:
            The decisions in words; None where there was nothing to look at.
        """
        policy = self._policies.policy(ticker)
        rivalries = self._rivalries(ticker) if policy != "off" else {}
        told = [line for model_id, heads in rivalries.items() for line in self._look(model_id, heads, policy)]
        return {"policy": policy, "decisions": told} if told else None

    def _rivalries(self, ticker: str) -> dict[int, dict[int, Deployment]]:
        """The champions that each challenger stands against, by horizon."""
        champions, challengers = self._deployments.heads(ticker), self._deployments.heads(ticker, CHALLENGER)
        found: dict[int, dict[int, Deployment]] = {}
        for horizon, challenger in challengers.items():
            champion = champions.get(horizon)
            if challenger.model_id is not None and champion and champion.model_id != challenger.model_id:
                found.setdefault(challenger.model_id, {})[horizon] = champion
        return found

    def _look(self, model_id: int, heads: Mapping[int, Deployment], policy: Policy) -> list[str]:
        model = self._models.get(model_id)
        served = {head.model_id for head in heads.values() if head.model_id is not None}
        outcomes = self._live.outcomes(model.ticker, {model_id, *served})
        fresh = self._fresh(model, heads, policy, outcomes)
        early = {horizon: live for horizon, live in fresh.items() if self._too_early(model, live)}
        told = [self._wait(model, heads[horizon], policy, live) for horizon, live in early.items()]
        ready = {horizon: heads[horizon] for horizon in fresh if horizon not in early}
        return told + (self._promoter.look(model, ready, policy, outcomes) if ready else [])

    def _fresh(
        self, model: Model, heads: Mapping[int, Deployment], policy: Policy, outcomes: list[LiveOutcome]
    ) -> dict[int, Pairs]:
        """What was forecast live where more of it is known than at the last look, or the policy is another."""
        last = {
            (decision.champion_id, decision.horizon): (decision.policy, _sessions(decision.evidence))
            for decision in self._policies.decisions(model.id)
        }
        live = {horizon: live_pairs(outcomes, head.model_id or 0, model.id, horizon) for horizon, head in heads.items()}
        return {
            horizon: pairs
            for horizon, pairs in live.items()
            if last.get((heads[horizon].model_id or 0, horizon)) != (policy, len(pairs))
        }

    def _too_early(self, model: Model, live: Pairs) -> bool:
        return model.trigger is not None and len(live) < self._min_shadow_sessions

    def _wait(self, model: Model, head: Deployment, policy: Policy, live: Pairs) -> str:
        reason = f"{len(live)} sessions were scored in shadow, {self._min_shadow_sessions} are needed"
        return self._promoter.wait(model, head, policy, reason, live)


def promotion_review(runtime: Runtime) -> PromotionReview:
    """The review with this process's stores."""
    return PromotionReview(
        runtime.deployments,
        runtime.models,
        runtime.policies,
        runtime.promoter,
        runtime.live,
        runtime.settings.min_shadow_sessions,
    )


def _sessions(evidence: dict[str, Any]) -> int | None:
    """How many live sessions a decision was made on; None where that was not kept."""
    live: dict[str, Any] = evidence.get("live", {})
    return live.get("scored")
