"""Who becomes champion: by a policy after each training and review, by a person at any time, and always on evidence."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy.orm import Session, sessionmaker

from backend.errors import BellwetherError, ConflictError, InvalidRequestError
from backend.src.data.catalogue_store import CatalogueStore
from backend.src.data.deployment_store import DeploymentStore, Entry, Placement, can_serve, in_words
from backend.src.data.evaluation_files import EvaluationFiles
from backend.src.data.live_store import LiveOutcome, LiveStore
from backend.src.data.model_files import ModelFiles
from backend.src.data.model_store import ModelStore
from backend.src.data.orm import Deployment, Model
from backend.src.data.policy_store import Policy, PolicyStore
from backend.src.features.pipeline import FEATURE_VERSION
from backend.src.features.served import as_served
from backend.src.registry.gate import point_gate
from backend.src.registry.placement import placement
from backend.src.training.comparison import Comparison, Contender, compare, contender
from backend.src.training.latency import call_latency_us
from backend.src.training.pairs import NO_PAIRS, Pairs, live_pairs
from bellwether_contracts.market import GRADED_HORIZONS

log = structlog.get_logger(__name__)


_KEPT = 8
"""Models whose walk-forward stays in memory, about 3 MB each: a review looks at the same two again and again."""

_NO_SHADOW = "It was trained without a person: first it has to run in shadow"


class Promoter:
    """Compares models with the champions of their ticker, and moves the aliases.

    Without `live` nothing is known of live forecasts: right for a model that was just trained.
    """

    def __init__(
        self,
        session_factory: sessionmaker[Session],
        files: ModelFiles,
        evaluations: EvaluationFiles,
        live: LiveStore | None = None,
    ) -> None:
        self._live = live
        self._kept: OrderedDict[tuple[Any, ...], Contender] = OrderedDict()
        self._keeping = threading.Lock()
        self._models = ModelStore(session_factory)
        self._deployments = DeploymentStore(session_factory)
        self._policies = PolicyStore(session_factory)
        self._catalogue = CatalogueStore(session_factory)
        self._files = files
        self._evaluations = evaluations

    def consider(self, model: Model) -> list[str]:
        """Decide what becomes of a model that was just trained, by its ticker's policy, and record it.

        Safe to run again: what was decided before stays. Files that can't be read are no evidence: the champion stays,
        and the decision says why. A model that no person asked for waits: it has to run in shadow first.

        Returns:
            The decisions in words, one a graded horizon that another model serves.
        """
        policy = self._policies.policy(model.ticker)
        seen = self._deployments.heads(model.ticker)
        rivals = {horizon: head for horizon, head in seen.items() if head.model_id != model.id}
        decided = {(decision.champion_id, decision.horizon) for decision in self._policies.decisions(model.id)}
        open_ = [horizon for horizon, head in rivals.items() if (head.model_id, horizon) not in decided]
        if policy == "off" or not open_:
            return []
        if model.trigger is not None:
            return [self.wait(model, rivals[horizon], policy, _NO_SHADOW, NO_PAIRS) for horizon in open_]
        return self.look(model, {horizon: rivals[horizon] for horizon in open_}, policy, ())

    def look(
        self, model: Model, rivals: Mapping[int, Deployment], policy: Policy, live: Sequence[LiveOutcome]
    ) -> list[str]:
        """Compare a model with the champions of some horizons, act by the policy, and record what was found.

        Args:
            model: The challenger.
            rivals: The champions' entries, by horizon.
            policy: What becomes of a model that is better.
            live: What both forecast live.

        Returns:
            The decisions in words, one a horizon.
        """
        found = self._evidence(model, rivals, list(rivals), live)
        return [self._decide(model, rivals[horizon], each, policy) for horizon, each in found.items()]

    def wait(self, model: Model, head: Deployment, policy: Policy, reason: str, live: Pairs) -> str:
        """Record that it is too early to compare a model with a champion."""
        return self._record(model, head, policy, ("waiting", reason), {"live": {**live.as_json(), "scored": len(live)}})

    def promote(
        self, model_id: int, *, entry: Entry, horizons: Sequence[int] | None = None, force: bool = False
    ) -> list[Deployment]:
        """Make a model its ticker's champion, if the evidence is for it.

        Args:
            model_id: The model.
            entry: Who asks for it, and why.
            horizons: Graded horizons; left out, all of them.
            force: Promote without evidence or against it. What is known is kept in the ledger; whether the model's own
                forecast serves is still for the gate to say.

        Raises:
            NotFoundError: no such model.
            InvalidRequestError: a horizon that is not graded.
            ConflictError: it can't serve or should not, it serves already, or another move came in between.
        """
        model = self._servable(model_id)
        seen = self._deployments.heads(model.ticker)
        wanted = _wanted(model, horizons, seen)
        found = self._evidence(model, seen, wanted, self._outcomes(model, seen, wanted))
        refused = {horizon: each.reason for horizon, each in found.items() if not each.passed}
        if refused and not force:
            told = " ".join(f"At {in_words([horizon])}: {reason}." for horizon, reason in refused.items())
            raise ConflictError(
                f"Model {model_id} is not promoted. {told}",
                refused={str(horizon): reason for horizon, reason in refused.items()},
            )
        placed = {horizon: _placed(model, horizon, found[horizon], forced=horizon in refused) for horizon in wanted}
        return self._deployments.promote(model, placed, entry, seen)

    def _servable(self, model_id: int) -> Model:
        model = self._models.get(model_id)
        if model.feature_version != FEATURE_VERSION:
            raise ConflictError(
                f"Model {model_id} was trained on feature version {model.feature_version}; {FEATURE_VERSION} is served."
            )
        if not can_serve(model):
            raise ConflictError(f"Model {model_id} has no files that could be served: train it anew.")
        return model

    def _outcomes(self, model: Model, seen: Mapping[int, Deployment], wanted: Sequence[int]) -> list[LiveOutcome]:
        served = {seen[horizon].model_id for horizon in wanted if horizon in seen}
        both = {model.id, *(model_id for model_id in served if model_id is not None)}
        return self._live.outcomes(model.ticker, both) if self._live else []

    def _evidence(
        self, model: Model, seen: Mapping[int, Deployment], wanted: Sequence[int], live: Sequence[LiveOutcome]
    ) -> dict[int, Comparison]:
        """`_compared`, where what can't be read speaks against the model."""
        try:
            return self._compared(model, seen, wanted, live)
        except BellwetherError as error:
            log.warning("no comparison", model_id=model.id, error=error.detail)
            missing = Comparison(False, f"no comparison could be made: {error.detail}", {"missing": error.detail})
            return dict.fromkeys(wanted, missing)

    def _compared(
        self, model: Model, seen: Mapping[int, Deployment], wanted: Sequence[int], live: Sequence[LiveOutcome]
    ) -> dict[int, Comparison]:
        """What speaks for a model at each horizon, against whoever serves there now."""
        if (served := self._catalogue.source(model.ticker)) != model.source:
            reason = f"it learned from prices of source {model.source}, and those of {served} are served"
            return dict.fromkeys(wanted, Comparison(False, reason, {"source": model.source, "served": served}))
        findings = {horizon: point_gate(model.metrics, model.evidence, horizon) for horizon in GRADED_HORIZONS}
        champions = {
            horizon: self._models.get(seen[horizon].model_id or 0, deleted_too=True)
            for horizon in wanted
            if horizon in seen
        }
        ready = {h: champion for h, champion in champions.items() if can_serve(champion)}
        own = self._contender(model, {h: found.serves for h, found in findings.items()}) if ready else None
        serves = {horizon: head.serves for horizon, head in seen.items()}
        loaded = {champion.id: self._contender(champion, serves) for champion in ready.values()}
        found = {}
        for horizon in wanted:
            if horizon in ready and own is not None:
                rank = self._rank(model, ready[horizon])
                both = live_pairs(live, ready[horizon].id, model.id, horizon)
                found[horizon] = compare(loaded[ready[horizon].id], own, findings[horizon], rank, both)
            else:
                found[horizon] = Comparison(True, "no champion that could serve to compare it with", {})
        return found

    def _contender(self, model: Model, serves: Mapping[int, str]) -> Contender:
        if model.evaluation_sha256 is None or model.artifact_sha256 is None:
            raise ConflictError(f"Model {model.id} has no files to compare it by.")
        key = (model.id, *sorted(serves.items()))
        with self._keeping:
            kept = self._kept.get(key)
        if kept is None:
            rows = self._evaluations.get(model.evaluation_sha256)
            latency = call_latency_us(self._files.get(model.artifact_sha256))
            kept = contender(model.id, rows, as_served(rows.forecast, serves), latency)
        with self._keeping:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return kept

    def _rank(self, model: Model, champion: Model) -> int:
        """The how-manieth kind of model this is that could be tried against the champion.

        A later fit of the same kind is another look at the same forecaster, which the test allows for.
        """
        kinds = list(dict.fromkeys(_kind(rival) for rival in self._policies.rivals(champion)))
        return kinds.index(_kind(model)) + 1 if _kind(model) in kinds else len(kinds) + 1

    def _decide(self, model: Model, head: Deployment, found: Comparison, policy: Policy) -> str:
        outcome = self._act(model, head, found, policy) if found.passed else ("kept", found.reason)
        return self._record(model, head, policy, outcome, found.evidence)

    def _record(
        self, model: Model, head: Deployment, policy: Policy, outcome: tuple[str, str], evidence: dict[str, Any]
    ) -> str:
        named, reason = outcome
        self._policies.record(
            {
                "ticker": model.ticker,
                "horizon": head.horizon,
                "model_id": model.id,
                "champion_id": head.model_id,
                "policy": policy,
                "outcome": named,
                "reason": reason,
                "evidence": evidence,
            }
        )
        return f"At {in_words([head.horizon])}, champion {head.model_id}: {named} ({reason})."

    def _act(self, model: Model, head: Deployment, found: Comparison, policy: Policy) -> tuple[str, str]:
        if policy != "auto":
            return "proposed", found.reason
        entry = Entry("policy:auto", f"Better than champion {head.model_id} on the same rows: {found.reason}")
        placed = {head.horizon: _placed(model, head.horizon, found, forced=False)}
        try:
            self._deployments.promote(model, placed, entry, {head.horizon: head})
        except ConflictError as error:
            return "proposed", f"{found.reason}; not promoted: {error.detail}"
        return "promoted", found.reason


def _wanted(model: Model, horizons: Sequence[int] | None, seen: Mapping[int, Deployment]) -> list[int]:
    asked = sorted(set(horizons or GRADED_HORIZONS))
    unknown = [horizon for horizon in asked if horizon not in GRADED_HORIZONS]
    if unknown:
        raise InvalidRequestError(
            f"Models are deployed at {in_words(GRADED_HORIZONS)}, not at {in_words(unknown)}.",
            allowed=list(GRADED_HORIZONS),
        )
    wanted = [horizon for horizon in asked if horizon not in seen or seen[horizon].model_id != model.id]
    if not wanted:
        raise ConflictError(
            f"Model {model.id} is the champion of {model.ticker} at {in_words(asked)} already.", champion=model.id
        )
    return wanted


def _placed(model: Model, horizon: int, found: Comparison, *, forced: bool) -> Placement:
    extra: dict[str, Any] = {"against_champion": found.evidence, "forced": forced}
    if forced:
        extra["refused"] = found.reason
    return placement(model, horizon, **extra)


def _kind(model: Model) -> str:
    return f"{model.model_type} {sorted(model.params.items())}"
