"""The schedules as Prefect deployments: its server knocks at the time, and its page shows what came of it."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from prefect import flow, serve
from prefect.client.schemas.objects import State
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.states import Completed, Failed

from backend.src.data.orm import Instrument
from backend.src.workflows.due import Schedule, knock
from backend.src.workflows.parts import flows


@flow(name="scheduled work", flow_run_name="{schedule}")
def scheduled_work(schedule: str) -> State[None]:
    """Do what a schedule has due and nobody has done yet."""
    with flows() as programs:
        found = programs.chores.run_due(schedule)
    told = "; ".join(f"{name}: {state}" for name, state in found.items()) or "nobody to do it for"
    failed = any(state.startswith("failed") for state in found.values())
    return Failed(message=told) if failed else Completed(message=told)


def serve_schedules(schedules: Sequence[Schedule], held: Sequence[Instrument]) -> None:
    """Run what Prefect's server asks for, until the process is told to stop.

    A schedule that is stopped with this process would miss what is due while it is away, so it goes on; what was
    missed is caught up at the next start.
    """
    # One run at a time: they share two cores with everything else.
    serve(*_deployments(schedules, held), pause_on_shutdown=False, limit=1)


def _deployments(schedules: Sequence[Schedule], held: Sequence[Instrument]) -> list[RunnerDeployment]:
    now = datetime.now(UTC)
    found = []
    for schedule in schedules:
        subjects = schedule.subjects(held)
        lines = {knock(schedule, subject, now) for subject in subjects}
        deployment = scheduled_work.to_deployment(
            name=schedule.name,
            description=f"{schedule.does[0].upper()}{schedule.does[1:]}: {schedule.when}.",
            parameters={"schedule": schedule.name},
            schedules=[Cron(line, timezone=zone) for line, zone in sorted(lines)],
        )
        found.append(cast(RunnerDeployment, deployment))
    return found


def server() -> str:
    """Where Prefect's server is; empty without one."""
    return os.environ.get("PREFECT_API_URL", "")
