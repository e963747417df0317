"""The ledger of deployments: which model served when, who moved the alias, why, and on which evidence."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, sessionmaker

from backend.errors import ConflictError, NotFoundError
from backend.src.data.catalogue_store import CHAMPION
from backend.src.data.orm import Deployment, Model


class DeploymentStore:
    """Moves the champion alias, by adding to the ledger and never changing what it says."""

    def __init__(self, session_factory: sessionmaker[Session]) -> None:
        self._sessions = session_factory

    def champion(self, ticker: str) -> Model | None:
        """The model that serves a ticker."""
        with self._sessions() as session:
            model_id = champion_id(session, ticker)
            return session.get(Model, model_id) if model_id is not None else None

    def champions(self) -> dict[str, int]:
        """The id of the model that serves, by ticker."""
        query = _newest().where(Deployment.alias == CHAMPION)
        with self._sessions() as session:
            return {row.ticker: row.model_id for row in session.scalars(query) if row.model_id is not None}

    def ledger(self, ticker: str | None, limit: int, offset: int) -> tuple[list[Deployment], bool]:
        """Moves of the alias, newest first, and whether there are more."""
        query = select(Deployment).order_by(Deployment.id.desc())
        if ticker is not None:
            query = query.where(Deployment.ticker == ticker)
        with self._sessions() as session:
            found = list(session.scalars(query.limit(limit + 1).offset(offset)))
        return found[:limit], len(found) > limit

    def at(self, moment: datetime, ticker: str | None = None) -> list[Deployment]:
        """For each ticker, the move that was in force at a moment."""
        query = _newest().where(Deployment.alias == CHAMPION, Deployment.at <= moment)
        if ticker is not None:
            query = query.where(Deployment.ticker == ticker)
        with self._sessions() as session:
            return list(session.scalars(query))

    def promote(
        self, model_id: int, *, actor: str, reason: str, feature_version: str, force: bool = False
    ) -> Deployment:
        """Make a model its ticker's champion.

        Args:
            model_id: The model.
            actor: Who or what asks for it.
            reason: Why.
            feature_version: The version that is served: a model of another can't be.
            force: Promote although the model's record is worse than naive's. It is kept in the evidence.

        Raises:
            NotFoundError: no such model.
            ConflictError: it can't serve or should not, it serves already, or another move came in between.
        """
        with self._sessions() as session:
            model = _servable(session, model_id, feature_version)
            seen = _head_id(session, model.ticker)
        with self._sessions.begin() as session:
            _lock_unmoved(session, model.ticker, seen)
            _require_worth(model, force=force)
            current = champion_id(session, model.ticker)
            if current == model_id:
                raise ConflictError(f"Model {model_id} is the champion of {model.ticker} already.", champion=model_id)
            evidence = {**record(model), "forced": force}
            return _add(session, model, current, actor=actor, reason=reason, evidence=evidence)

    def rollback(self, ticker: str, *, actor: str, reason: str) -> Deployment:
        """Give a ticker the champion back that it had before the current one. Twice goes back two.

        Raises:
            ConflictError: there was none before, or another move came in between.
        """
        with self._sessions() as session:
            seen = _head_id(session, ticker)
        with self._sessions.begin() as session:
            _lock_unmoved(session, ticker, seen)
            served = _served_in_order(session, ticker)
            earlier = next((model for model in reversed(served[:-1]) if model.deleted_at is None), None)
            if earlier is None:
                raise ConflictError(f"{ticker} has no earlier champion to go back to.")
            evidence = {**record(earlier), "rollback": True}
            return _add(session, earlier, served[-1].id, actor=actor, reason=reason, evidence=evidence)


def lock_ticker(session: Session, ticker: str) -> None:
    """Let no one else register, promote or delete a model of the ticker until this transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"models:{ticker}"})


def champion_id(session: Session, ticker: str) -> int | None:
    """The id of the model that serves a ticker."""
    head = _head(session, ticker)
    return head.model_id if head else None


def deploy_first(session: Session, model: Model, actor: str) -> Deployment | None:
    """Make a ticker's first model its champion, in the caller's transaction; None when one serves already."""
    if _head(session, model.ticker) is not None:
        return None
    reason = f"The first model of {model.ticker}: no other to compare it with"
    return _add(session, model, None, actor=actor, reason=reason, evidence=record(model))


def record(model: Model) -> dict[str, Any]:
    """What is known of a model's worth: its walk-forward record one session ahead."""
    overall = model.metrics["overall"]["1"]
    return {
        "verdict": model.verdict,
        "snapshot": model.snapshot,
        **{name: overall[name] for name in ("skill", "dm_p_value", "sessions", "mae", "naive_mae")},
    }


def _newest() -> Select[Deployment]:
    return select(Deployment).ext(distinct_on(Deployment.ticker)).order_by(Deployment.ticker, Deployment.id.desc())


def _head(session: Session, ticker: str) -> Deployment | None:
    query = _newest().where(Deployment.alias == CHAMPION, Deployment.ticker == ticker)
    return session.scalars(query).first()


def _head_id(session: Session, ticker: str) -> int | None:
    head = _head(session, ticker)
    return head.id if head else None


def _lock_unmoved(session: Session, ticker: str, seen: int | None) -> None:
    """Take the ticker's lock; of two who saw the same champion, only the first may replace it."""
    lock_ticker(session, ticker)
    head = _head(session, ticker)
    if head is not None and head.id != seen:
        raise ConflictError(
            f"{head.actor} moved the champion of {ticker} to model {head.model_id} at the same time: look again.",
            champion=head.model_id,
        )


def _servable(session: Session, model_id: int, feature_version: str) -> Model:
    model = session.get(Model, model_id)
    if model is None or model.deleted_at is not None:
        raise NotFoundError(f"There is no model {model_id} to promote. GET /api/models/ lists those there are.")
    if model.feature_version != feature_version:
        raise ConflictError(
            f"Model {model_id} was trained on feature version {model.feature_version}; {feature_version} is served."
        )
    return model


def _require_worth(model: Model, *, force: bool) -> None:
    if model.metrics["overall"]["1"]["worse_than_naive"] and not force:
        raise ConflictError(f"Model {model.id} should not serve: {model.verdict}.", verdict=model.verdict)


def _served_in_order(session: Session, ticker: str) -> list[Model]:
    """The models that served, oldest first, without those that a rollback took back."""
    query = select(Deployment).where(Deployment.alias == CHAMPION, Deployment.ticker == ticker).order_by(Deployment.id)
    stack: list[int] = []
    for entry in session.scalars(query):
        if entry.evidence.get("rollback"):
            while stack and stack[-1] != entry.model_id:
                stack.pop()
        elif entry.model_id is not None:
            stack.append(entry.model_id)
    return [session.get_one(Model, model_id) for model_id in stack]


def _add(
    session: Session, model: Model, previous: int | None, *, actor: str, reason: str, evidence: dict[str, Any]
) -> Deployment:
    entry = Deployment(
        ticker=model.ticker,
        alias=CHAMPION,
        model_id=model.id,
        previous_model_id=previous,
        actor=actor,
        reason=reason,
        evidence=evidence,
    )
    session.add(entry)
    session.flush()
    session.refresh(entry)
    return entry
