"""What the schedules do, each for one subject: jobs are the platform's, asked for by its API."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from backend.errors import BellwetherError
from backend.src.data.instrument_store import SAMPLE, SIMULATION
from backend.src.data.orm import Instrument
from backend.src.data.scheduled_run_store import ScheduledRunStore
from backend.src.jobs.reviews import review_of
from backend.src.runtime import Runtime
from backend.src.workflows.due import Schedule
from backend.src.workflows.platform import JobJson, Platform, PlatformError

log = structlog.get_logger(__name__)

Chore = Callable[[str], dict[str, Any]]
"""Does a schedule's work for a subject and says what it did."""

Cleanup = Callable[[], dict[str, Any]]


class Chores:
    """Does what is due, once, whoever asks and however often."""

    def __init__(
        self, schedules: Sequence[Schedule], chores: Mapping[str, Chore], runs: ScheduledRunStore, runtime: Runtime
    ) -> None:
        self._schedules = schedules
        self._chores = chores
        self._runs = runs
        self._runtime = runtime

    def run_due(self, name: str | None = None, now: datetime | None = None) -> dict[str, str]:
        """Do what is due now and was not done: of each schedule and subject the newest due alone.

        Args:
            name: Only this schedule.
            now: The moment that counts.

        Returns:
            What became of each schedule and subject that was due.
        """
        moment = now or datetime.now(UTC)
        held = self._runtime.instruments.all()
        found = {}
        for schedule in self._schedules:
            if name in (None, schedule.name):
                for subject in schedule.subjects(held):
                    found[f"{schedule.name} {subject}"] = self._run(schedule, subject, schedule.latest(subject, moment))
        return found

    def _run(self, schedule: Schedule, subject: str, due: datetime) -> str:
        claim = self._runs.claim(schedule.name, subject, due)
        if claim != "claimed":
            return claim
        log.info("scheduled run", schedule=schedule.name, subject=subject, due=due.isoformat())
        try:
            result = self._chores[schedule.name](subject)
        except Exception as error:
            words = error.detail if isinstance(error, BellwetherError) else f"{type(error).__name__}: {error}"
            log.exception("scheduled run failed", schedule=schedule.name, subject=subject)
            self._runs.finish(schedule.name, subject, due, result=None, error=words[:2000])
            return f"failed: {words}"
        self._runs.finish(schedule.name, subject, due, result=result, error=None)
        return "succeeded"


def chores(runtime: Runtime, platform: Platform, cleanup: Cleanup) -> dict[str, Chore]:
    """What is done, by schedule."""

    def held(mic: str | None = None) -> list[Instrument]:
        real = (each for each in runtime.instruments.all() if each.source != SIMULATION)
        return [each for each in real if mic in (None, each.exchange)]

    def ingest(mic: str) -> dict[str, Any]:
        jobs: dict[str, str] = {}
        for each in held(mic):
            # The sample stands in for the configured source: one day that may answer.
            jobs |= platform.ingest([each.ticker], None if each.source == SAMPLE else each.source)
        return _ended(platform, jobs)

    def review(mic: str) -> dict[str, Any]:
        jobs = {}
        for each in held(mic):
            snapshot = runtime.snapshots.latest(each.ticker, each.source)
            if snapshot is not None:
                job, _ = runtime.queue.submit(review_of(each.ticker, snapshot.sha256, "schedule:review"))
                jobs[each.ticker] = str(job.id)
        return _ended(platform, jobs)

    def drift(_subject: str) -> dict[str, Any]:
        served = runtime.deployments.champions()
        return _ended(platform, {e.ticker: platform.check_drift(e.ticker) for e in held() if e.ticker in served})

    return {"ingest": ingest, "review": review, "drift": drift, "cleanup": lambda _subject: cleanup()}


def _ended(platform: Platform, jobs: dict[str, str]) -> dict[str, Any]:
    """The jobs' states by ticker.

    Raises:
        PlatformError: some did not succeed; it names them. The others are done.
    """
    ended = platform.wait(jobs, lambda _ticker, _job: None)
    failed = [f"{ticker}: {_why(job)}" for ticker, job in ended.items() if job["state"] != "succeeded"]
    if failed:
        raise PlatformError(f"{len(failed)} of {len(ended)} jobs did not succeed: {'; '.join(failed)}")
    return {"jobs": jobs}


def _why(job: JobJson) -> str:
    return f"{job['state']} ({job['error'] or 'no reason given'})"
