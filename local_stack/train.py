"""`make train`, `make reproduce` and `make workflow`: work for a stack that already runs."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from local_stack import problems
from local_stack.control import running
from local_stack.environment import service_environment
from local_stack.layout import Layout

_POLL_SECONDS = 1.0
_ENDED = frozenset({"succeeded", "failed", "cancelled"})


def train(layout: Layout, ticker: str) -> int:
    """Train one ticker, show how it goes, print the verdict."""
    return _job(layout, "/api/train", {"ticker": ticker}, f"{ticker} cannot be trained")


def reproduce(layout: Layout, model_id: int) -> int:
    """Train a model once more from its record, show how it goes, print whether every metric is the same.

    Returns:
        1 also when the job went well and the model was not reproduced.
    """
    return _job(layout, f"/api/models/{model_id}/reproduce", {}, f"model {model_id} cannot be reproduced")


def replay(layout: Layout, ticker: str, start: str, end: str | None) -> int:
    """Make the forecasts of a past range, show how it goes, print how many there are."""
    body = {"ticker": ticker, "start": start, "end": end or None}
    return _job(layout, "/api/backfill", body, f"{ticker} cannot be replayed")


def what_if(layout: Layout, ticker: str, start: str, end: str | None) -> int:
    """Replay a past range with and without retraining, show how it goes, print whether it would have helped."""
    body = {"ticker": ticker, "from": start, "to": end or None}
    return _job(layout, "/api/what-if", body, f"{ticker} cannot be replayed")


def _job(layout: Layout, path: str, body: Mapping[str, Any], refused: str) -> int:
    if not _runs(layout):
        return 1
    try:
        with httpx.Client(base_url=layout.page_url, timeout=30, trust_env=False) as client:
            return _follow(client, client.post(path, json=body), refused)
    except httpx.HTTPError as error:
        print(f"the API at {layout.page_url} does not answer: {error}", file=sys.stderr)
        return 1


def _follow(client: httpx.Client, answer: httpx.Response, refused: str) -> int:
    if answer.is_error:
        print(f"{refused}: {problems.told(answer)}", file=sys.stderr)
        return 1
    job = answer.json()
    print(f"job {job['task_id']}{'' if job['created'] else ' (the same request was already there)'}", flush=True)
    last: Mapping[str, Any] = {}
    for status in _progress(client, str(job["task_id"])):
        if (status["progress"], status["stage"]) != (last.get("progress"), last.get("stage")):
            print(f"  {status['progress']:4.0%}  {status['stage'] or status['state']}", flush=True)
        last = status
    return _verdict(last)


def _progress(client: httpx.Client, task_id: str) -> Iterator[Mapping[str, Any]]:
    """The job's status until it has ended."""
    while True:
        answer = client.get(f"/api/jobs/{task_id}")
        # A backend that restarts is no reason to give up on the job.
        if answer.status_code not in (httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE):
            status: Mapping[str, Any] = answer.raise_for_status().json()
            yield status
            if status["state"] in _ENDED:
                return
        time.sleep(_POLL_SECONDS)


def _verdict(status: Mapping[str, Any]) -> int:
    if status["state"] != "succeeded":
        print(f"{status['state']}: {status['error'] or 'no reason was recorded'}", file=sys.stderr)
        return 1
    result = status["result"] or {}
    for name, value in result.items():
        if not isinstance(value, dict | list):
            print(f"  {name}: {value}")
    return 0 if result.get("reproduced", True) else 1


def workflow(layout: Layout) -> int:
    """Run the Prefect flow that ingests and trains, in this terminal, against the running stack."""
    return _run_module(layout, "backend.src.workflows.flow")


def schedules(layout: Layout) -> int:
    """Do what the schedules have due now, in this terminal: no Prefect server is needed."""
    return _run_module(layout, "backend.src.workflows.schedules", "--once")


def replay_dead_letters(layout: Layout) -> int:
    """Put dead letters back into the topics that they came from, on the running stack."""
    return _run_module(layout, "ws_monitor.replay")


def _run_module(layout: Layout, module: str, *arguments: str) -> int:
    if not _runs(layout):
        return 1
    environment = {**service_environment(layout), "SERVICE_NAME": module.rpartition(".")[2]}
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env=environment, check=False, cwd=os.fspath(layout.repository)).returncode


def _runs(layout: Layout) -> bool:
    if running(layout) is None:
        print(f"Bellwether does not run from {layout.data}; start it with `make run`", file=sys.stderr)
        return False
    return True
