"""Starts and ends simulated markets: the row is all that the driver needs, whichever process it is in."""

import time
from contextlib import suppress
from datetime import date
from typing import Any

from backend.api.schemas.simulation import Market, SimulationBody
from backend.errors import ConflictError, InvalidRequestError
from backend.src.data.advisory_lock import advisory_lock
from backend.src.data.orm import Instrument
from backend.src.data.simulation_orm import Simulation
from backend.src.data.simulation_store import LOCK, STOPPED
from backend.src.ingestion.scenarios import SCENARIOS
from backend.src.runtime import Runtime
from backend.src.training.splits import sessions_needed
from bellwether_contracts.market import SIMULATED_SUFFIX, is_simulated

_LONGEST_TICKER = 15 - len(SIMULATED_SUFFIX)
_LOCK_WAIT_SECONDS = 30.0
_JOBS_WAIT_SECONDS = 30.0
_LOOK_SECONDS = 0.1

_BREAK_SESSIONS = {"regime": 100}
"""Sessions that come in with the first one, as after a break: enough of the new law to be learned at once."""

_BAD_MODEL_AFTER = 0.2
"""Share of the sessions that pass before the bad model is planted."""


def market(simulation: Simulation | None) -> Market:
    """How a simulation stands, in words that say that it is one."""
    if simulation is None:
        return Market(state="none", running=False, scenarios=list(SCENARIOS))
    told = f"Simulation: {simulation.base} as {simulation.base_source} has it, replayed"
    planted = f"; planted from {simulation.planted}: {simulation.scenario}" if simulation.planted else ""
    names = (name for name in Market.model_fields if name not in {"running", "label", "scenarios", "session"})
    return Market.model_validate(
        {
            **{name: getattr(simulation, name) for name in names},
            "running": simulation.state in {"requested", "running"},
            "label": told + planted,
            "session": simulation.today,
            "scenarios": list(SCENARIOS),
        }
    )


def begin(runtime: Runtime, body: SimulationBody, actor: str) -> Simulation:
    """Ask for a simulation; what an ended one left is forgotten first.

    Raises:
        NotFoundError: the ticker is not held.
        InvalidRequestError: it can't be simulated, or its history is too short.
        ConflictError: one runs already.
    """
    instrument = runtime.instruments.get(body.ticker)
    if is_simulated(instrument.ticker) or len(instrument.ticker) > _LONGEST_TICKER:
        raise InvalidRequestError(
            f"{instrument.ticker} can't be simulated: a held, real ticker of up to 11 letters can."
        )
    values = _plan(runtime, instrument, body)
    if runtime.simulations.active() is None:
        _forget_all(runtime)
    return runtime.simulations.request({**values, "requested_by": actor})


def end(runtime: Runtime) -> None:
    """End the simulation that runs, if one does, and take what simulations left out of every store.

    Raises:
        ConflictError: its driver does not let go of it.
    """
    active = runtime.simulations.active()
    if active is not None:
        runtime.simulations.end(active.ticker, STOPPED)
    _forget_all(runtime)


def _plan(runtime: Runtime, instrument: Instrument, body: SimulationBody) -> dict[str, Any]:
    days: list[date] = runtime.bars.read(instrument.ticker, instrument.source)["session"].dt.date.tolist()
    unseen = _BREAK_SESSIONS.get(body.scenario, 0)
    history = min(runtime.settings.simulation_history_sessions, len(days) - unseen - body.sessions)
    if history < sessions_needed():
        needed = sessions_needed() + unseen + body.sessions
        raise InvalidRequestError(
            f"{instrument.ticker} has {len(days)} sessions: to replay {body.sessions} as `{body.scenario}`, {needed}"
            " are needed, with those to train on.",
            required=needed,
        )
    window = days[-(history + unseen + body.sessions) :]
    opens = history + unseen
    planted = {"regime": history, "bad_model": opens + int(_BAD_MODEL_AFTER * body.sessions)}.get(body.scenario)
    return {
        "ticker": f"{instrument.ticker}{SIMULATED_SUFFIX}",
        "base": instrument.ticker,
        "base_source": instrument.source,
        "exchange": instrument.exchange,
        "scenario": body.scenario,
        "seed": body.seed,
        "speed": body.speed,
        "first_session": window[0],
        "opens": window[opens],
        "planted": None if planted is None else window[planted],
        "today": window[history - 1],
        "last_session": window[-1],
        "sessions": body.sessions,
    }


def _forget_all(runtime: Runtime) -> None:
    with advisory_lock(runtime.meta_engine, LOCK, _LOCK_WAIT_SECONDS):
        for simulation in runtime.simulations.all():
            _end_jobs(runtime, simulation.ticker)
            runtime.simulated_rows.forget(simulation.ticker)


def _end_jobs(runtime: Runtime, ticker: str) -> None:
    """Cancel a ticker's jobs; one that runs ends at its next report."""
    deadline = time.monotonic() + _JOBS_WAIT_SECONDS
    while active := runtime.jobs.active_of(ticker):
        for job_id in active:
            with suppress(ConflictError):  # it has just ended by itself
                runtime.jobs.cancel(job_id)
        if time.monotonic() > deadline:
            raise ConflictError(f"Jobs of {ticker} do not end: {', '.join(map(str, active))}. Try again.")
        time.sleep(_LOOK_SECONDS)
