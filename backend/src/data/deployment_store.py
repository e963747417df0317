"""The ledger of deployments: which model served when and where, who moved the alias, why, and on which evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, sessionmaker

from backend.errors import ConflictError
from backend.src.data.orm import Deployment, Model
from backend.src.features.pipeline import FEATURE_VERSION
from backend.src.features.served import NAIVE
from bellwether_contracts.market import GRADED_HORIZONS

CHAMPION = "champion"
CHALLENGER = "challenger"


@dataclass(frozen=True, slots=True)
class Placement:
    """What an alias says of a model at a horizon.

    Attributes:
        serves: `model`, or `naive`: "no change" in the model's bands.
        serves_reason: Why, in words.
        evidence: What it was decided on.
    """

    serves: str
    serves_reason: str
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """Who or what makes a move, and why."""

    actor: str
    reason: str


class DeploymentStore:
    """Moves aliases, by adding to the ledger and never changing what it says."""

    def __init__(self, session_factory: sessionmaker[Session]) -> None:
        self._sessions = session_factory

    def champion(self, ticker: str, horizon: int = 1) -> Model | None:
        """The model that serves a ticker at a graded horizon."""
        with self._sessions() as session:
            head = _heads(session, ticker, CHAMPION).get(horizon)
            return session.get(Model, head.model_id) if head else None

    def champions(self) -> dict[str, int]:
        """The id of the model that serves one session ahead, by ticker."""
        query = _newest().where(Deployment.alias == CHAMPION, Deployment.horizon == 1)
        with self._sessions() as session:
            return {row.ticker: row.model_id for row in session.scalars(query) if row.model_id is not None}

    def heads(self, ticker: str, alias: str = CHAMPION) -> dict[int, Deployment]:
        """The entries of an alias that are in force, by horizon."""
        with self._sessions() as session:
            return _heads(session, ticker, alias)

    def in_force(self, model_ids: Sequence[int]) -> dict[int, list[Deployment]]:
        """Every alias that points to one of the models now, by model."""
        newest = _newest().subquery()
        query = (
            select(Deployment)
            .join(newest, newest.c.id == Deployment.id)
            .where(Deployment.model_id.in_(model_ids))
            .order_by(Deployment.alias, Deployment.horizon)
        )
        found: dict[int, list[Deployment]] = {}
        with self._sessions() as session:
            for entry in session.scalars(query):
                found.setdefault(entry.model_id or 0, []).append(entry)
        return found

    def ledger(
        self, ticker: str | None, limit: int, offset: int, *, horizon: int | None = None, alias: str | None = None
    ) -> tuple[list[Deployment], bool]:
        """Moves of aliases, newest first, and whether there are more."""
        query = select(Deployment).where(*_only(ticker, horizon, alias))
        query = query.order_by(Deployment.at.desc(), Deployment.id.desc())
        with self._sessions() as session:
            found = list(session.scalars(query.limit(limit + 1).offset(offset)))
        return found[:limit], len(found) > limit

    def at(
        self, moment: datetime, ticker: str | None = None, *, horizon: int | None = None, alias: str | None = CHAMPION
    ) -> list[Deployment]:
        """For each ticker, alias and horizon, the move that was in force at a moment."""
        query = _newest().where(*_only(ticker, horizon, alias), Deployment.at <= moment)
        with self._sessions() as session:
            return [entry for entry in session.scalars(query) if entry.model_id is not None]

    def promote(
        self,
        model: Model,
        placements: Mapping[int, Placement],
        entry: Entry,
        seen: Mapping[int, Deployment],
    ) -> list[Deployment]:
        """Make a model its ticker's champion at some horizons.

        Args:
            model: The model.
            placements: What it serves and on which evidence it is promoted, by horizon.
            entry: Who asks for it, and why.
            seen: The champions that it was compared with (`heads`).

        Raises:
            ConflictError: another move came in between, or the model was deleted meanwhile.
        """
        with self._sessions.begin() as session:
            lock_ticker(session, model.ticker)
            _require_unmoved(session, model.ticker, placements, seen)
            if session.get_one(Model, model.id).deleted_at is not None:
                raise ConflictError(f"Model {model.id} was deleted at the same time.")
            return [_move(session, model, horizon, placed, entry) for horizon, placed in sorted(placements.items())]

    def rollback(
        self,
        ticker: str,
        entry: Entry,
        horizons: Sequence[int] | None = None,
        evidence: Mapping[str, Any] | None = None,
    ) -> list[Deployment]:
        """Give a ticker the champions back that it had before the current ones. Twice goes back two.

        Args:
            ticker: The ticker.
            entry: Who asks for it, and why.
            horizons: Where; left out, everywhere that there was an earlier champion.
            evidence: What it is decided on, for the ledger.

        Raises:
            ConflictError: there was none before, or another move came in between.
        """
        seen = self.heads(ticker)
        with self._sessions.begin() as session:
            lock_ticker(session, ticker)
            wanted = horizons or GRADED_HORIZONS
            _require_unmoved(session, ticker, wanted, seen)
            earlier = {horizon: _earlier(session, ticker, horizon) for horizon in wanted}
            missing = [horizon for horizon, found in earlier.items() if found is None]
            if len(missing) == len(earlier) or (horizons and missing):
                raise ConflictError(f"{ticker} has no earlier champion to go back to at {in_words(missing)}.")
            return [
                _move(session, session.get_one(Model, found.model_id), horizon, _as_before(found, evidence), entry)
                for horizon, found in earlier.items()
                if found is not None
            ]

    def silence(self, head: Deployment, entry: Entry, reason: str, evidence: Mapping[str, Any]) -> Deployment:
        """Let "no change" serve in a champion's bands from now on: it stays champion, and no longer speaks.

        Args:
            head: Its entry that is in force.
            entry: Who asks for it, and why.
            reason: Why it is silent, for answers and the page.
            evidence: What it is decided on.

        Raises:
            ConflictError: another move came in between.
        """
        with self._sessions.begin() as session:
            lock_ticker(session, head.ticker)
            _require_unmoved(session, head.ticker, [head.horizon], {head.horizon: head})
            model = session.get_one(Model, head.model_id)
            before = {name: value for name, value in head.evidence.items() if name != "rollback"}
            placed = Placement(NAIVE, reason, {**before, "rolled_back": dict(evidence)})
            return _add(session, model, CHAMPION, head.horizon, placed, entry)


def lock_ticker(session: Session, ticker: str) -> None:
    """Let no one else register, promote or delete a model of the ticker until this transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"models:{ticker}"})


def champion_horizons(session: Session, model: Model) -> list[int]:
    """The graded horizons at which a model is champion."""
    heads = _heads(session, model.ticker, CHAMPION)
    return sorted(horizon for horizon, head in heads.items() if head.model_id == model.id)


def deploy_new(session: Session, model: Model, placements: Mapping[int, Placement], actor: str) -> None:
    """Point an alias to a new model at every horizon, in the caller's transaction, under `lock_ticker`.

    It becomes champion where there is none that could serve, and challenger elsewhere.
    """
    heads = _heads(session, model.ticker, CHAMPION)
    for horizon, placed in sorted(placements.items()):
        head = heads.get(horizon)
        incumbent = session.get(Model, head.model_id) if head else None
        if incumbent is not None and can_serve(incumbent):
            entry = Entry(actor, f"Trained while model {incumbent.id} serves")
            _add(session, model, CHALLENGER, horizon, placed, entry)
        else:
            _add(session, model, CHAMPION, horizon, placed, Entry(actor, _why_first(model, incumbent)))


def retire_challenger(session: Session, model: Model, entry: Entry) -> None:
    """Take the challenger's alias from a model wherever it has it."""
    for horizon, head in _heads(session, model.ticker, CHALLENGER).items():
        if head.model_id == model.id:
            _clear(session, head, horizon, entry)


def can_serve(model: Model) -> bool:
    """Whether this program can serve a model: it has its files, and learned from the features that are made now."""
    files = model.artifact_sha256 is not None and model.evaluation_sha256 is not None
    return files and model.deleted_at is None and model.feature_version == FEATURE_VERSION


def in_words(horizons: Sequence[int]) -> str:
    """Horizons as a message names them."""
    return f"{', '.join(str(horizon) for horizon in horizons)} session{'s' if tuple(horizons) != (1,) else ''}"


def _why_first(model: Model, incumbent: Model | None) -> str:
    if incumbent is None:
        return f"The first model of {model.ticker}: no other to compare it with"
    return f"Champion {incumbent.id} can't be served by this version any more: no other to compare it with"


def _newest() -> Select[Deployment]:
    key = (Deployment.ticker, Deployment.alias, Deployment.horizon)
    return select(Deployment).ext(distinct_on(*key)).order_by(*key, Deployment.id.desc())


def _only(ticker: str | None, horizon: int | None, alias: str | None) -> list[Any]:
    wanted = ((Deployment.ticker, ticker), (Deployment.horizon, horizon), (Deployment.alias, alias))
    return [column == value for column, value in wanted if value is not None]


def _heads(session: Session, ticker: str, alias: str) -> dict[int, Deployment]:
    query = _newest().where(*_only(ticker, None, alias))
    return {entry.horizon: entry for entry in session.scalars(query) if entry.model_id is not None}


def _require_unmoved(
    session: Session, ticker: str, horizons: Sequence[int] | Mapping[int, Any], seen: Mapping[int, Deployment]
) -> None:
    """Of two who saw the same champion, only the first may replace it."""
    for horizon, head in _heads(session, ticker, CHAMPION).items():
        known = seen.get(horizon)
        if horizon in horizons and (known is None or head.id != known.id):
            raise ConflictError(
                f"{head.actor} moved the champion of {ticker} at {in_words([horizon])} to model {head.model_id} at the"
                " same time: look again.",
                champion=head.model_id,
            )


def _earlier(session: Session, ticker: str, horizon: int) -> Deployment | None:
    """The entry of the champion before the current one: one that can serve, and not taken back by a rollback."""
    query = select(Deployment).where(*_only(ticker, horizon, CHAMPION)).order_by(Deployment.id)
    stack: list[Deployment] = []
    for entry in session.scalars(query):
        if entry.evidence.get("rollback"):
            while stack and stack[-1].model_id != entry.model_id:
                stack.pop()
        elif stack and stack[-1].model_id == entry.model_id:
            stack[-1] = entry  # the same champion, silenced
        else:
            stack.append(entry)
    return next((entry for entry in reversed(stack[:-1]) if _lives(session, entry)), None)


def _lives(session: Session, entry: Deployment) -> bool:
    model = session.get(Model, entry.model_id)
    return model is not None and can_serve(model)


def _as_before(found: Deployment, evidence: Mapping[str, Any] | None) -> Placement:
    why = {"rolled_back": dict(evidence)} if evidence else {}
    return Placement(found.serves, found.serves_reason, {**found.evidence, **why, "rollback": True})


def _move(session: Session, model: Model, horizon: int, placed: Placement, entry: Entry) -> Deployment:
    added = _add(session, model, CHAMPION, horizon, placed, entry)
    challenger = _heads(session, model.ticker, CHALLENGER).get(horizon)
    if challenger is not None and challenger.model_id == model.id:
        _clear(session, challenger, horizon, Entry(entry.actor, "It became the champion"))
    return added


def _clear(session: Session, head: Deployment, horizon: int, entry: Entry) -> None:
    nothing = Deployment(
        ticker=head.ticker,
        alias=head.alias,
        horizon=horizon,
        previous_model_id=head.model_id,
        serves=head.serves,
        serves_reason=head.serves_reason,
        actor=entry.actor,
        reason=entry.reason,
        evidence={},
    )
    session.add(nothing)
    session.flush()


def _add(session: Session, model: Model, alias: str, horizon: int, placed: Placement, entry: Entry) -> Deployment:
    head = _heads(session, model.ticker, alias).get(horizon)
    added = Deployment(
        ticker=model.ticker,
        alias=alias,
        horizon=horizon,
        model_id=model.id,
        previous_model_id=head.model_id if head else None,
        serves=placed.serves,
        serves_reason=placed.serves_reason,
        actor=entry.actor,
        reason=entry.reason,
        evidence=placed.evidence,
    )
    session.add(added)
    session.flush()
    session.refresh(added)
    return added
