"""What becomes of challengers: each ticker's policy, and what was decided."""

from collections.abc import Sequence
from typing import Any, Literal, cast

from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from backend.src.data.orm import Model, PromotionDecision, PromotionPolicy

Policy = Literal["off", "propose", "auto"]
DEFAULT_POLICY: Policy = "propose"


class PolicyStore:
    """Reads and writes `promotion_policies` and `promotion_decisions`."""

    def __init__(self, session_factory: sessionmaker[Session]) -> None:
        self._sessions = session_factory

    def get(self, ticker: str) -> PromotionPolicy:
        """A ticker's policy: the default while nobody has set one."""
        with self._sessions() as session:
            found = session.get(PromotionPolicy, ticker)
        return found or PromotionPolicy(ticker=ticker, policy=DEFAULT_POLICY, actor="default")

    def policy(self, ticker: str) -> Policy:
        """Only its name."""
        return cast("Policy", self.get(ticker).policy)

    def put(self, ticker: str, policy: Policy, actor: str) -> PromotionPolicy:
        """Set a ticker's policy."""
        values = {"policy": policy, "actor": actor, "at": func.now()}
        query = insert(PromotionPolicy).values(ticker=ticker, **values)
        with self._sessions.begin() as session:
            session.execute(query.on_conflict_do_update(index_elements=["ticker"], set_=values))
            return session.get_one(PromotionPolicy, ticker)

    def decisions(self, model_id: int) -> list[PromotionDecision]:
        """What was decided about a model, newest first."""
        query = select(PromotionDecision).where(PromotionDecision.model_id == model_id)
        with self._sessions() as session:
            return list(session.scalars(query.order_by(PromotionDecision.id.desc())))

    def record(self, values: dict[str, Any]) -> None:
        """Keep a decision: about a pair of models and a horizon there is one, with the evidence of the last look."""
        new = insert(PromotionDecision).values(values)
        same = PromotionDecision.outcome == new.excluded.outcome
        changes = {
            **{name: new.excluded[name] for name in ("policy", "outcome", "reason", "evidence")},
            "looks": PromotionDecision.looks + 1,
            "looked_at": func.now(),
            "at": case((same, PromotionDecision.at), else_=func.now()),
        }
        with self._sessions.begin() as session:
            session.execute(new.on_conflict_do_update(constraint="uq_promotion_decisions_pair", set_=changes))

    def rivals(self, champion: Model) -> Sequence[Model]:
        """The models of its ticker that were trained after a champion, oldest first, deleted ones too."""
        query = select(Model).where(Model.ticker == champion.ticker, Model.id > champion.id).order_by(Model.id)
        with self._sessions() as session:
            return session.scalars(query).all()
