"""Drives a simulated market: each session goes through the platform's own API, as a real one would.

Ingest, review and forecasts are the platform's; the simulator only moves the clock, asks, and plants what a scenario
plants. It can die at any moment: the next one goes on at the session that the row names.
"""

import threading
import time
from datetime import date

import structlog
from sqlalchemy import Engine

from backend.errors import BellwetherError, ConflictError
from backend.src.data import calendars
from backend.src.data.advisory_lock import advisory_lock
from backend.src.data.instrument_store import PLANTED, SIMULATION
from backend.src.data.price_store import PriceStore
from backend.src.data.simulation_orm import Simulation
from backend.src.data.simulation_store import FAILED, FINISHED, LOCK, SimulationStore
from backend.src.data.snapshot_store import SnapshotStore
from backend.src.ingestion.scenarios import RALLY, replant
from backend.src.workflows.platform import JobJson, Platform, PlatformError
from bellwether_contracts.market import GRADED_HORIZONS

_LOOK_SECONDS = 0.5
_POLL_SECONDS = 0.05
_FRESH_SECONDS = 15.0
_LOOK_AGAIN_SECONDS = 0.15
_JOB_SECONDS = 600.0
_TOO_FAR_AHEAD = 422

log = structlog.get_logger(__name__)


class StoppedError(BellwetherError):
    """Someone ended the simulation."""

    title = "Simulation stopped"


class Simulator:
    """Takes one simulation through its sessions."""

    def __init__(
        self, simulations: SimulationStore, prices: PriceStore, snapshots: SnapshotStore, platform: Platform
    ) -> None:
        self._simulations = simulations
        self._prices = prices
        self._snapshots = snapshots
        self._platform = platform

    def run(self, simulation: Simulation) -> None:
        """Replay all sessions that are left.

        Raises:
            StoppedError: someone ended it.
            PlatformError: the platform refused, or a job failed.
        """
        _unless_stopped(self._simulations.start(simulation.ticker), simulation)
        self._prepare(simulation)
        begun = time.monotonic()
        left = calendars.sessions_between(simulation.exchange, simulation.opens, simulation.last_session)
        for position, session in enumerate(day for day in left if day > simulation.today):
            self._wait_until(begun + position / simulation.speed, simulation)
            self._session(simulation, session)

    def _prepare(self, simulation: Simulation) -> None:
        """Bring the history in and train on it, unless that was done."""
        ticker = simulation.ticker
        if self._platform.champion(ticker) is not None:
            return
        self._say(simulation, "history")
        self._ingest(simulation)
        self._platform.set_policy(ticker, "auto")
        self._say(simulation, "first model")
        self._done(simulation, self._platform.train(ticker))

    def _session(self, simulation: Simulation, session: date) -> None:
        self._say(simulation, "session")
        _unless_stopped(self._simulations.open_session(simulation.ticker, session), simulation)
        self._ingest(simulation)
        for ahead in GRADED_HORIZONS:
            self._forecast(simulation, session, ahead)
        if simulation.scenario == "bad_model" and session == simulation.planted:
            self._plant_bad_model(simulation)
        _unless_stopped(self._simulations.close_session(simulation.ticker), simulation)

    def _ingest(self, simulation: Simulation) -> None:
        jobs = self._platform.ingest([simulation.ticker], SIMULATION)
        self._done(simulation, jobs[simulation.ticker])

    def _forecast(self, simulation: Simulation, today: date, ahead: int) -> None:
        """Ask until the backend that answers knows today's bar: each follows the stores by itself."""
        target = calendars.sessions_after(simulation.exchange, today, ahead)[-1]
        deadline = time.monotonic() + _FRESH_SECONDS
        while not self._forecasts_from(simulation.ticker, today, target):
            if time.monotonic() > deadline:
                raise PlatformError(f"No backend forecasts from {today} although it was ingested.")
            time.sleep(_LOOK_AGAIN_SECONDS)

    def _forecasts_from(self, ticker: str, today: date, target: date) -> bool:
        try:
            answer = self._platform.predict(ticker, target)
        except PlatformError as error:
            if error.answered != _TOO_FAR_AHEAD:
                raise
            return False  # seen from an earlier session, the target is too far ahead
        return bool(answer["last_session"] == str(today))

    def _plant_bad_model(self, simulation: Simulation) -> None:
        """Train a model on a market that never was, and make it champion by force."""
        self._say(simulation, "planting a bad model")
        ticker = simulation.ticker
        bars = replant(self._prices.read(ticker, SIMULATION), RALLY, 0, simulation.seed)
        self._snapshots.put(bars, ticker, simulation.exchange, PLANTED)
        trained = self._done(simulation, self._platform.train(ticker, source=PLANTED))
        reason = "Planted by the simulation: a model of a market that never was, for the platform to find out"
        self._platform.promote(trained["result"]["model_id"], reason)

    def _done(self, simulation: Simulation, job_id: str) -> JobJson:
        deadline = time.monotonic() + _JOB_SECONDS
        while (job := self._platform.job(job_id))["state"] in {"queued", "running"}:
            if time.monotonic() > deadline:
                raise PlatformError(f"The {job['kind']} job {job_id} did not end within {_JOB_SECONDS:g} s.")
            _unless_stopped(self._simulations.runs(simulation.ticker), simulation)
            time.sleep(_POLL_SECONDS)
        if job["state"] != "succeeded":
            raise PlatformError(f"The {job['kind']} job {job_id} {job['state']}: {job['error'] or 'no reason given'}")
        return job

    def _say(self, simulation: Simulation, stage: str) -> None:
        _unless_stopped(self._simulations.say(simulation.ticker, stage), simulation)

    def _wait_until(self, moment: float, simulation: Simulation) -> None:
        """Sleep, and notice within half a second when someone ends the simulation."""
        while (left := moment - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_SECONDS))
            _unless_stopped(self._simulations.runs(simulation.ticker), simulation)


class SimulationWatch:
    """Waits for simulations to be asked for, and drives one at a time, whichever process sees it first."""

    def __init__(self, engine: Engine, simulations: SimulationStore, simulator: Simulator) -> None:
        self._engine = engine
        self._simulations = simulations
        self._simulator = simulator

    def watch(self, stop: threading.Event) -> None:
        """Drive what is asked for until told to stop, between two simulations."""
        while not stop.wait(_LOOK_SECONDS):
            try:
                self.drive_one()
            except Exception as error:
                log.error("simulation watch fails", error=f"{type(error).__name__}: {error}")

    def drive_one(self) -> None:
        """Drive the simulation that is asked for, if there is one and no other process has it."""
        if self._simulations.active() is None:
            return
        try:
            with advisory_lock(self._engine, LOCK, 0.1):
                active = self._simulations.active()
                if active is not None:
                    self._drive(active)
        except ConflictError:
            return  # another process drives it

    def _drive(self, simulation: Simulation) -> None:
        ticker = simulation.ticker
        log.info("simulation", ticker=ticker, scenario=simulation.scenario, from_session=str(simulation.today))
        try:
            self._simulator.run(simulation)
        except StoppedError:
            log.info("simulation stopped", ticker=ticker)
        except Exception as error:
            words = error.detail if isinstance(error, BellwetherError) else f"{type(error).__name__}: {error}"
            log.exception("simulation failed", ticker=ticker)
            self._simulations.end(ticker, FAILED, words[:2000])
        else:
            self._simulations.end(ticker, FINISHED)


def _unless_stopped(goes_on: bool, simulation: Simulation) -> None:
    if not goes_on:
        raise StoppedError(f"The simulation of {simulation.base} was ended.")
