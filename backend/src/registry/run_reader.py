"""Reads a run from MLflow's REST interface, for the API: no import of MLflow (3 s), no long wait."""

from dataclasses import dataclass
from typing import Any

import httpx

from backend.errors import NotFoundError, UpstreamError

_TIMEOUT = httpx.Timeout(5.0, connect=2.0)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as MLflow has it."""

    run_id: str
    status: str
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    artifact_uri: str


class RunReader:
    """MLflow's runs."""

    def __init__(self, tracking_uri: str) -> None:
        self._url = f"{tracking_uri.rstrip('/')}/api/2.0/mlflow/runs/get"

    def get(self, run_id: str) -> RunRecord:
        """One run with its newest metrics.

        Raises:
            NotFoundError: MLflow has no such run.
            UpstreamError: MLflow does not answer, or not as it should.
        """
        try:
            answer = httpx.get(self._url, params={"run_id": run_id}, timeout=_TIMEOUT)
        except httpx.HTTPError as error:
            raise UpstreamError(f"MLflow does not answer: {type(error).__name__}.") from error
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise NotFoundError(f"MLflow has no run {run_id}.")
        if answer.is_error:
            raise UpstreamError(f"MLflow answered with status {answer.status_code}.")
        return _record(answer.json()["run"])


def _record(run: dict[str, Any]) -> RunRecord:
    info, data = run["info"], run["data"]
    return RunRecord(
        run_id=info["run_id"],
        status=info["status"],
        params={item["key"]: item["value"] for item in data.get("params", [])},
        metrics={item["key"]: item["value"] for item in data.get("metrics", [])},
        tags={item["key"]: item["value"] for item in data.get("tags", [])},
        artifact_uri=info["artifact_uri"],
    )
