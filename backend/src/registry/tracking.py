"""Writes trainings to MLflow. The only module that imports it, and only worker processes import this one.

MLflow mirrors what happened; the truth about models is in model_meta_db.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

# A server that is away for longer fails the attempt; the job system tries again. MLflow reads these at import.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunStatus, RunTag
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode

from backend.errors import JobCancelledError, LeaseLostError, UpstreamError

log = structlog.get_logger(__name__)

EXPERIMENT = "bellwether"
_ALREADY_EXISTS = ErrorCode.Name(RESOURCE_ALREADY_EXISTS)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A metric of one fold (`step`), or of all together (step 0)."""

    name: str
    value: float
    step: int = 0


class TrackedRun:
    """One training in MLflow, while it runs."""

    def __init__(self, client: MlflowClient, run_id: str, artifact_uri: str) -> None:
        self._client = client
        self._artifact_uri = artifact_uri
        self._registered: tuple[str, str] | None = None
        self.run_id = run_id

    def log(self, params: Mapping[str, object], metrics: Sequence[Measurement], tags: Mapping[str, str]) -> None:
        """Write everything in one request."""
        now = int(time.time() * 1000)
        with _upstream():
            self._client.log_batch(
                self.run_id,
                metrics=[Metric(m.name, m.value, now, m.step) for m in metrics],
                params=[Param(name, str(value)) for name, value in params.items()],
                tags=[RunTag(name, value) for name, value in tags.items()],
            )

    def log_file(self, name: str, content: bytes) -> None:
        """Keep a file with the run."""
        with tempfile.TemporaryDirectory() as folder, _upstream():
            path = Path(folder, name)
            path.write_bytes(content)
            self._client.log_artifact(self.run_id, str(path))

    def register(self, name: str, tags: Mapping[str, str]) -> str:
        """Make the run's files a new version of a registered model; return its number."""
        with _upstream():
            with _if_absent():
                self._client.create_registered_model(name)
            version = self._client.create_model_version(
                name, self._artifact_uri, self.run_id, tags=dict(tags), await_creation_for=0
            )
        self._registered = name, str(version.version)
        return str(version.version)

    def end(self, status: str) -> None:
        """Close the run; unless it went well, take back the version that it may have registered."""
        with _upstream():
            if self._registered and status != "FINISHED":
                self._client.delete_model_version(*self._registered)
            self._client.set_terminated(self.run_id, status)


class Tracker:
    """The MLflow server."""

    def __init__(self, tracking_uri: str) -> None:
        self._client = MlflowClient(tracking_uri)

    @contextmanager
    def run(self, name: str, tags: Mapping[str, str]) -> Iterator[TrackedRun]:
        """A run that ends as the block does: FINISHED, KILLED when the job was cancelled or lost, else FAILED.

        Raises:
            UpstreamError: MLflow does not answer, retries included.
        """
        with _upstream():
            created = self._client.create_run(self._experiment(), tags=dict(tags), run_name=name)
        run = TrackedRun(self._client, created.info.run_id, created.info.artifact_uri)
        try:
            yield run
        except BaseException as error:
            self._give_up(run, error)
            raise
        run.end(RunStatus.to_string(RunStatus.FINISHED))

    def _experiment(self) -> str:
        found = self._client.get_experiment_by_name(EXPERIMENT)
        if found is not None:
            return str(found.experiment_id)
        with _if_absent():
            return str(self._client.create_experiment(EXPERIMENT))
        return str(self._client.get_experiment_by_name(EXPERIMENT).experiment_id)

    def _give_up(self, run: TrackedRun, error: BaseException) -> None:
        killed = isinstance(error, JobCancelledError | LeaseLostError | KeyboardInterrupt | SystemExit)
        try:
            run.end("KILLED" if killed else "FAILED")
        except UpstreamError as trouble:  # the first error is the one to tell of
            log.warning("MLflow run left open", run_id=run.run_id, error=trouble.detail)


@contextmanager
def _upstream() -> Iterator[None]:
    try:
        yield
    except (MlflowException, OSError) as error:
        raise UpstreamError(f"MLflow did not answer: {error}") from error


@contextmanager
def _if_absent() -> Iterator[None]:
    """Ignore that someone else made it first."""
    try:
        yield
    except MlflowException as error:
        if error.error_code != _ALREADY_EXISTS:
            raise
