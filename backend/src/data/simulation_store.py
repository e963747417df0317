"""Simulated markets as rows: who replays what, and which session it is there."""

from datetime import date
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from backend.errors import ConflictError
from backend.src.data.simulation_orm import Simulation

REQUESTED, RUNNING, FINISHED, STOPPED, FAILED = "requested", "running", "finished", "stopped", "failed"
ACTIVE = (REQUESTED, RUNNING)

LOCK = "the simulated market"
"""Held by who drives or forgets one: nothing is forgotten while it is being made."""


class SimulationStore:
    """Reads and writes `simulations`."""

    def __init__(self, session_factory: sessionmaker[Session]) -> None:
        self._sessions = session_factory

    def find(self, ticker: str) -> Simulation | None:
        """The simulation of a simulated ticker, or None."""
        with self._sessions() as session:
            return session.get(Simulation, ticker)

    def latest(self) -> Simulation | None:
        """The one that was asked for last, or None."""
        newest = select(Simulation).order_by(Simulation.requested_at.desc()).limit(1)
        with self._sessions() as session:
            return session.scalars(newest).first()

    def all(self) -> list[Simulation]:
        """Every simulation that there is a row of."""
        with self._sessions() as session:
            return list(session.scalars(select(Simulation).order_by(Simulation.requested_at)))

    def active(self) -> Simulation | None:
        """The one that runs or waits to, or None."""
        with self._sessions() as session:
            return session.scalars(select(Simulation).where(Simulation.state.in_(ACTIVE))).first()

    def request(self, values: dict[str, Any]) -> Simulation:
        """Ask for a simulation; an ended one of the same ticker makes room.

        Raises:
            ConflictError: Another one runs: there is one at a time.
        """
        statement = insert(Simulation).values(**values, state=REQUESTED)
        try:
            with self._sessions.begin() as session:
                return session.scalars(statement.returning(Simulation)).one()
        except IntegrityError as error:
            active = self.active()
            named = f"{active.ticker} is {active.state}" if active else "another request was first"
            raise ConflictError(
                f"One market is simulated at a time: {named}. DELETE /api/simulation ends it."
            ) from error

    def start(self, ticker: str) -> bool:
        """Take a requested simulation up; False when it is no longer wanted."""
        return self._move(ticker, (REQUESTED, RUNNING), state=RUNNING, started_at=func.now())

    def runs(self, ticker: str) -> bool:
        """Whether it is to go on."""
        found = self.find(ticker)
        return found is not None and found.state == RUNNING

    def say(self, ticker: str, stage: str) -> bool:
        """Say what is done now; False when it is to end."""
        return self._move(ticker, (RUNNING,), stage=stage)

    def open_session(self, ticker: str, today: date) -> bool:
        """Move the clock on; False when it is to end."""
        return self._move(ticker, (RUNNING,), today=today)

    def close_session(self, ticker: str) -> bool:
        """Count a session that went the whole way; False when it is to end."""
        return self._move(ticker, (RUNNING,), done=Simulation.done + 1)

    def end(self, ticker: str, state: str, error: str | None = None) -> bool:
        """End it, unless it has ended."""
        return self._move(ticker, ACTIVE, state=state, error=error, stage=None, finished_at=func.now())

    def _move(self, ticker: str, states: tuple[str, ...], **values: Any) -> bool:
        held = update(Simulation).where(Simulation.ticker == ticker, Simulation.state.in_(states))
        with self._sessions.begin() as session:
            return session.execute(held.values(**values).returning(Simulation.ticker)).one_or_none() is not None
