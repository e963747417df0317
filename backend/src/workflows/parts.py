"""The parts of the flows' process, wired to the stores and the API of the environment."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx

from backend.settings import Settings
from backend.src.runtime import Runtime
from backend.src.workflows.chores import Chores, chores
from backend.src.workflows.due import Schedule, schedules
from backend.src.workflows.platform import Platform
from backend.src.workflows.retention import Retention
from backend.src.workflows.simulator import SimulationWatch, Simulator


@dataclass(frozen=True, slots=True)
class Flows:
    """The parts of this program."""

    runtime: Runtime
    schedules: tuple[Schedule, ...]
    chores: Chores
    simulations: SimulationWatch


@contextmanager
def flows() -> Iterator[Flows]:
    """The program's parts, wired to the stores and the API of the environment."""
    url = os.environ.get("BELLWETHER_API_URL")
    if not url:
        sys.exit("schedules: BELLWETHER_API_URL is not set: it names the API, as in http://127.0.0.1:8080")
    runtime = Runtime(Settings(service_name=os.environ.get("SERVICE_NAME", "flows")))
    with httpx.Client(base_url=url, timeout=30) as client:
        platform = Platform(client)
        plan = schedules(timedelta(minutes=runtime.settings.schedule_after_close_minutes))
        done = chores(runtime, platform, Retention(runtime).clean_up)
        simulator = Simulator(runtime.simulations, runtime.prices, runtime.snapshots, platform)
        watch = SimulationWatch(runtime.meta_engine, runtime.simulations, simulator)
        try:
            yield Flows(runtime, plan, Chores(plan, done, runtime.scheduled_runs, runtime), watch)
        finally:
            runtime.close()
