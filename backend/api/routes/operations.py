"""What happens by the clock, and for how long what is kept."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter

from backend.api.deps import RuntimeDep
from backend.api.problems import documented
from backend.api.schemas.operations import RetentionInfo, RetentionRecord, ScheduledRunInfo, ScheduleInfo
from backend.src.data.monitor_orm import ScheduledRun
from backend.src.workflows.due import STORES, schedules
from backend.src.workflows.retention import Retention

router = APIRouter(tags=["operations"])


@router.get("/api/schedules")
def list_schedules(runtime: RuntimeDep) -> list[ScheduleInfo]:
    """Every schedule with its subjects: when it is due next, and what became of it last."""
    held, now, runs = runtime.instruments.all(), datetime.now(UTC), runtime.scheduled_runs.latest()
    return [
        ScheduleInfo(
            name=schedule.name,
            subject=subject,
            does=schedule.does,
            when=schedule.when,
            next_due=schedule.following(subject, now),
            last_run=_run(runs.get((schedule.name, subject))),
        )
        for schedule in schedules(timedelta(minutes=runtime.settings.schedule_after_close_minutes))
        for subject in schedule.subjects(held)
    ]


@router.get("/api/retention", responses=documented(503))
def get_retention(runtime: RuntimeDep) -> RetentionInfo:
    """What each store keeps, for how long, and how much of it there is."""
    kinds = [
        RetentionRecord.model_validate({**asdict(record), "setting": record.setting.upper()})
        for record in Retention(runtime).records()
    ]
    return RetentionInfo(kinds=kinds, last_cleanup=_run(runtime.scheduled_runs.latest().get(("cleanup", STORES))))


def _run(row: ScheduledRun | None) -> ScheduledRunInfo | None:
    if row is None:
        return None
    return ScheduledRunInfo.model_validate({name: getattr(row, name) for name in ScheduledRunInfo.model_fields})
