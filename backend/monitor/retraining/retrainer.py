"""Carries out the policy: looks at a ticker, decides, submits the training, keeps what was decided."""

from datetime import date
from typing import Any

from backend.monitor.retraining.policy import Check, Decision, LiveScore, Situation, decide
from backend.monitor.retraining.recipe import requested, retraining
from backend.src.data import calendars
from backend.src.data.monitor_orm import DriftCheck, RetrainDecision
from backend.src.data.orm import Model
from backend.src.data.retrain_store import SIMULATED, SUBMITTED
from backend.src.jobs.job_store import Submission
from backend.src.jobs.queue import QUEUES
from backend.src.runtime import Runtime

_ACTOR = "policy:retrain"
_LAST_SESSION = "last_session"


class Retrainer:
    """Decides for tickers whether their champions are trained anew."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._settings = runtime.settings

    def consider(self, ticker: str) -> dict[str, Any] | None:
        """Decide, and act on it.

        Returns:
            The decision as a job's result; None where there is no champion, or no cause to train.
        """
        champion = self._runtime.deployments.champion(ticker)
        snapshot = self._runtime.snapshots.latest(ticker, champion.source) if champion else None
        if champion is None or snapshot is None:
            return None
        last = snapshot.last_session
        decision = decide(self._situation(champion, last), self._settings)
        if decision is None:
            return None
        job_id = self._submit(champion, decision) if decision.outcome == SUBMITTED else None
        self._record(champion, decision, last, job_id)
        return {"trigger": decision.trigger, "outcome": decision.outcome, "reason": decision.reason, "job_id": job_id}

    def _situation(self, champion: Model, last: date) -> Situation:
        ticker, store = champion.ticker, self._runtime.retraining
        checks = self._runtime.drift.recent(ticker, champion.id, self._settings.retrain_persistence)
        before = store.newest(ticker, SUBMITTED)
        since = None if before is None else _since(champion, _session_of(before), last)
        simulated = ticker.endswith(SIMULATED)
        settings = self._settings
        age = _sessions(champion, champion.train_end, last)
        return Situation(
            checks=[_as_seen(check) for check in checks],
            score=_live_score(checks),
            age=age if since is None else min(age, since),
            since_retrain=since,
            in_training=store.in_training(ticker) is not None,
            submitted_lately=store.submitted_lately(simulated=simulated),
            budget=settings.retrain_daily_budget_simulated if simulated else settings.retrain_daily_budget,
        )

    def _submit(self, champion: Model, decision: Decision) -> str:
        request = retraining(requested(champion), decision.trigger, self._settings.retrain_drift_window_sessions)
        job, _created = self._runtime.queue.submit(
            Submission(
                kind="train",
                queue=QUEUES["train"],
                ticker=champion.ticker,
                body=request.model_dump(mode="json"),
                requested_by=_ACTOR,
                trigger={
                    "trigger": decision.trigger,
                    "reason": decision.reason,
                    "champion": champion.id,
                    "evidence": decision.evidence,
                },
            )
        )
        return str(job.id)

    def _record(self, champion: Model, decision: Decision, last: date, job_id: str | None) -> None:
        """Keep a decision, unless it says again what the newest one said."""
        newest = self._runtime.retraining.newest(champion.ticker)
        said = (champion.id, decision.trigger, decision.outcome)
        if job_id is None and newest is not None and (newest.model_id, newest.trigger, newest.outcome) == said:
            return
        self._runtime.retraining.add(
            {
                "ticker": champion.ticker,
                "model_id": champion.id,
                "trigger": decision.trigger,
                "outcome": decision.outcome,
                "reason": decision.reason,
                "evidence": {**decision.evidence, _LAST_SESSION: str(last)},
                "job_id": job_id,
            }
        )


def _session_of(decision: RetrainDecision) -> date:
    return date.fromisoformat(decision.evidence[_LAST_SESSION])


def _sessions(model: Model, first: date, last: date) -> int:
    """Sessions from one to another, not days: those of a simulated market pass in seconds."""
    return max(0, calendars.session_distance(model.exchange, first, last))


def _since(model: Model, decided: date, last: date) -> int | None:
    """Sessions since a decision; None when the series begins anew before it, as a repeated simulation does."""
    return None if decided > last else _sessions(model, decided, last)


def _as_seen(check: DriftCheck) -> Check:
    features, concept = check.findings["features"], check.findings["concept"]
    named = [each["name"] for each in features.get("columns", []) if each["drifted"]]
    evidence = {
        "check_id": check.id,
        "max_ratio": features.get("max_ratio"),
        "columns": named,
        "false_alarm_rate": check.false_alarm_rate,
        "concept": {name: concept[name] for name in ("sessions", "statistic", "threshold")},
        "window": [str(check.first_session), str(check.last_session)],
    }
    return Check(features.get("drifted", False), concept["drifted"], evidence)


def _live_score(checks: list[DriftCheck]) -> LiveScore | None:
    if not checks:
        return None
    found = checks[0].findings["concept"]
    return LiveScore(found["sessions"], found["live_ratio"], found["record_ratio"])
