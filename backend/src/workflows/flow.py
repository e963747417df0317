"""`python -m backend.src.workflows.flow`: the Prefect flow that ingests tickers and trains them.

Each ticker goes through fetch, validate, load and train by itself: one that fails does not stop the others, but the
flow run ends as failed and names it. Fetching is retried by the source itself, within its throttle; the tasks here
retry only what a store did not do.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, cast

import httpx
from prefect import flow, get_run_logger, task, unmapped
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed, aget_state_exception
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from prefect.tasks import Task, exponential_backoff

from backend.errors import UpstreamError
from backend.settings import Settings
from backend.src.ingestion.run import Batch, IngestReport, Plan
from backend.src.ingestion.service import IngestService
from backend.src.ingestion.sources.catalogue import SOURCE_NAMES
from backend.src.ingestion.sources.sample import TICKERS
from backend.src.runtime import Runtime
from backend.src.workflows.platform import Platform, PlatformError

_RETRIES = 3
_TICKERS_AT_ONCE = 2


class FlowReporter:
    """Writes progress to the task run's log, where the Prefect page shows it."""

    def progress(self, fraction: float, stage: str) -> None:
        """Log the stage."""
        get_run_logger().info("%3.0f %% %s", 100 * fraction, stage)

    def log(self, line: str) -> None:
        """Log the line."""
        get_run_logger().info(line)

    def partial(self, result: dict[str, Any]) -> None:
        """Log what is known so far."""
        get_run_logger().info("so far: %s", result)


async def _store_was_away(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    return isinstance(await aget_state_exception(state), UpstreamError)


@task(
    retries=_RETRIES,
    retry_delay_seconds=exponential_backoff(backoff_factor=2),
    retry_jitter_factor=0.5,
    retry_condition_fn=_store_was_away,
    cache_policy=NO_CACHE,
    task_run_name="fetch {ticker}",
)
def fetch(ticker: str, service: IngestService, source: str | None) -> Batch:
    """Ask the source for a ticker's bars."""
    return service.fetch(ticker, source, FlowReporter())


@task(cache_policy=NO_CACHE, task_run_name="validate {batch.ticker}")
def validate(batch: Batch, service: IngestService) -> Plan:
    """Sort bad bars out."""
    return service.validate(batch, FlowReporter())


@task(
    retries=_RETRIES,
    retry_delay_seconds=exponential_backoff(backoff_factor=2),
    retry_jitter_factor=0.5,
    retry_condition_fn=_store_was_away,
    cache_policy=NO_CACHE,
    task_run_name="load {plan.batch.ticker}",
)
def load(plan: Plan, service: IngestService) -> IngestReport:
    """Store in Postgres, on S3 and in ClickHouse."""
    return service.load(plan, FlowReporter())


@task(cache_policy=NO_CACHE, task_run_name="train {report.ticker}")
def train(report: IngestReport, platform: Platform) -> str:
    """Train the ticker by the platform's own job queue, and wait for the end."""
    log = get_run_logger()
    job_id = platform.train(report.ticker)
    ended = platform.wait(
        {report.ticker: job_id}, lambda ticker, job: log.info("%s: %s %s", ticker, job["state"], job["stage"] or "")
    )[report.ticker]
    if ended["state"] != "succeeded":
        raise PlatformError(f"Training {report.ticker} {ended['state']}: {ended['error'] or 'no reason given'}")
    return job_id


def _first_failures(tickers: Sequence[str], stages: Sequence[Sequence[PrefectFuture[Any]]]) -> list[str]:
    """Where each ticker stopped: later stages only say that an earlier one did."""
    failed = {}
    for stage in reversed(stages):
        for ticker, future in zip(tickers, stage, strict=True):
            if not future.state.is_completed():
                failed[ticker] = f"{ticker} ({future.state.message})"
    return [failed[ticker] for ticker in tickers if ticker in failed]


def ingest_and_train(tickers: list[str], source: str | None, service: IngestService, platform: Platform) -> State[Any]:
    """Take every ticker through all steps; the state of the whole names those that did not get through."""

    runner = cast(TaskRunner[PrefectFuture[Any]], ThreadPoolTaskRunner(max_workers=_TICKERS_AT_ONCE))

    @flow(name="ingest and train", task_runner=runner)
    def steps(tickers: list[str], source: str | None) -> State[Any]:
        batches = fetch.map(tickers, unmapped(service), unmapped(source))
        plans = validate.map(batches, unmapped(service))
        reports = load.map(plans, unmapped(service))
        jobs = train.map(reports, unmapped(platform))
        for stage in (batches, plans, reports, jobs):
            stage.wait()
        failed = _first_failures(tickers, (batches, plans, reports, jobs))
        if failed:
            return Failed(message=f"{len(failed)} of {len(tickers)} tickers failed: {'; '.join(failed)}")
        return Completed(message=f"{len(tickers)} tickers ingested and trained")

    return steps(tickers, source, return_state=True)


def main() -> None:
    """Run the flow once, against the stores and the API of the environment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickers", nargs="+", default=list(TICKERS), help="which; the sample market by default")
    parser.add_argument("--source", choices=SOURCE_NAMES, help="left out: DATA_SOURCE, the sample as its fallback")
    arguments = parser.parse_args()
    url = os.environ.get("BELLWETHER_API_URL")
    if not url:
        sys.exit("flow: BELLWETHER_API_URL is not set: it names the API, as in http://127.0.0.1:8080")
    with httpx.Client(base_url=url, timeout=30) as client:
        service = Runtime(Settings(service_name="flow")).ingest
        state = ingest_and_train(arguments.tickers, arguments.source, service, Platform(client))
    sys.stdout.write(f"{state.name}: {state.message}\n")
    sys.exit(0 if state.is_completed() else 1)


if __name__ == "__main__":
    main()
