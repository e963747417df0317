"""Schemathesis against the running API: 2,000 generated requests and no server error."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

SCHEMA = Path(__file__).parents[2] / "frontend" / "openapi.json"
CASES = 2000
SPARE = 1.15
"""Some operations take so few different inputs that they run out of them."""


def _operations_with_input() -> int:
    paths = json.loads(SCHEMA.read_text())["paths"].values()
    return sum(bool(operation.keys() & {"parameters", "requestBody"}) for path in paths for operation in path.values())


def test_generated_requests_cause_no_server_error(api: httpx.Client, base_url: str, tmp_path: Path) -> None:
    examples = round(CASES / _operations_with_input() * SPARE)
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", str(SCHEMA), "--url", base_url,
        "--checks", "not_a_server_error", "--phases", "fuzzing", "--mode", "all",
        "--max-examples", str(examples), "--seed", "7", "--workers", "2",
        "--generation-database", "none",
        "--report", "junit", "--report-dir", str(tmp_path),
    ]  # fmt: skip
    finished = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    _clear_the_queues(api)
    assert finished.returncode == 0, finished.stdout[-4000:]
    found = re.search(r"(\d[\d,]*) generated", finished.stdout)
    assert found, finished.stdout[-2000:]
    assert int(found[1].replace(",", "")) >= CASES, finished.stdout[-2000:]


def _clear_the_queues(api: httpx.Client) -> None:
    """Some generated requests are good ones: their jobs need not run."""
    for state in ("queued", "running"):
        while jobs := [
            job
            for job in api.get("/api/jobs", params={"state": state, "limit": 500}).json()["items"]
            if not job["cancel_requested"]
        ]:
            for job in jobs:
                api.delete(f"/api/jobs/{job['task_id']}")
