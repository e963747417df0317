"""The trained models and their evidence."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from backend.errors import ConflictError, NotFoundError
from backend.src.data.deployment_store import Entry, champion_horizons, in_words, lock_ticker, retire_challenger
from backend.src.data.orm import Model


class ModelStore:
    """Reads and writes `models`. A deleted model keeps its row: the ledger and past forecasts name it."""

    def __init__(self, session_factory: sessionmaker[Session]) -> None:
        self._sessions = session_factory

    def get(self, model_id: int, *, deleted_too: bool = False) -> Model:
        """A model by its id.

        Raises:
            NotFoundError: there is none, or it was deleted.
        """
        with self._sessions() as session:
            return _require(session, model_id, deleted_too=deleted_too)

    def of_job(self, job_id: UUID) -> Model | None:
        """The model that a job trained, if it came that far."""
        with self._sessions() as session:
            return session.scalars(select(Model).where(Model.job_id == job_id)).first()

    def of_series(self, ticker: str, source: str) -> list[Model]:
        """Every model that was ever trained on a series, the deleted ones too, in their order."""
        query = select(Model).where(Model.ticker == ticker, Model.source == source).order_by(Model.id)
        with self._sessions() as session:
            return list(session.scalars(query))

    def page(self, ticker: str | None, limit: int, offset: int) -> tuple[list[Model], bool]:
        """Models that are not deleted, newest first, and whether there are more."""
        query = select(Model).where(Model.deleted_at.is_(None)).order_by(Model.id.desc())
        if ticker is not None:
            query = query.where(Model.ticker == ticker)
        with self._sessions() as session:
            found = list(session.scalars(query.limit(limit + 1).offset(offset)))
        return found[:limit], len(found) > limit

    def delete(self, model_id: int, actor: str) -> Model:
        """Mark a model as deleted.

        Raises:
            NotFoundError: there is none, or it was deleted before.
            ConflictError: it serves.
        """
        with self._sessions.begin() as session:
            model = _require(session, model_id)
            lock_ticker(session, model.ticker)
            serving = champion_horizons(session, model)
            if serving:
                raise ConflictError(
                    f"Model {model_id} is the champion of {model.ticker} at {in_words(serving)}: promote another or"
                    " roll back first.",
                    champion=model_id,
                )
            retire_challenger(session, model, Entry(actor, "It was deleted"))
            model.deleted_at = func.now()
            session.flush()
            session.refresh(model)
            return model


def add_model(session: Session, values: dict[str, Any]) -> Model:
    """Add a model under its ticker's next version, in the caller's transaction."""
    lock_ticker(session, values["ticker"])
    newest = select(func.coalesce(func.max(Model.version), 0)).where(Model.ticker == values["ticker"])
    model = Model(**values, version=(session.scalar(newest) or 0) + 1)
    session.add(model)
    session.flush()
    return model


def _require(session: Session, model_id: int, *, deleted_too: bool = False) -> Model:
    model = session.get(Model, model_id)
    if model is None:
        raise NotFoundError(f"There is no model {model_id}. GET /api/models/ lists those there are.")
    if model.deleted_at is not None and not deleted_too:
        raise NotFoundError(f"Model {model_id} was deleted on {model.deleted_at:%Y-%m-%d}.")
    return model
