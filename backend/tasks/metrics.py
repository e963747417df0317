"""What the job process did, counted and served by the worker process above it.

Celery replaces the job process every so many jobs, and with it all that it had counted; while it computes it may be
slow to answer. So the job process only tells, through a pipe, and the worker process counts and serves.
"""

import os
import threading
from typing import Any
from wsgiref.simple_server import WSGIServer

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, start_http_server

from backend.tasks.settings import WorkerSettings
from bellwether_contracts import metric_names as names

JOB_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)
WAIT_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)

log = structlog.get_logger(__name__)


class WorkerMetrics:
    """The worker's numbers; made before the job process is forked off, so that both have the pipe."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._job_process = os.getpid()
        ProcessCollector(pid=lambda: self._job_process, registry=self.registry)
        self._ended = Counter(names.JOBS_ENDED, "Jobs by what became of them.", ["kind", "outcome"], **self._here)
        self._running = Gauge(names.JOBS_RUNNING, "Jobs that run now.", ["kind"], **self._here)
        self._duration = Histogram(
            names.JOB_DURATION, "Seconds that a job took.", ["kind"], buckets=JOB_BUCKETS, **self._here
        )
        self._wait = Histogram(
            names.JOB_WAIT, "Seconds from accepted to started.", ["kind"], buckets=WAIT_BUCKETS, **self._here
        )
        self._read_end, self._write_end = os.pipe()
        os.set_blocking(self._write_end, False)
        self._server: WSGIServer | None = None

    @property
    def _here(self) -> dict[str, Any]:
        return {"registry": self.registry}

    def serve(self, settings: WorkerSettings) -> int:
        """Count and answer from threads of the worker process; the port that is listened on.

        Raises:
            OSError: the port is taken.
        """
        self._server, _ = start_http_server(settings.worker_metrics_port, settings.worker_metrics_host, self.registry)
        threading.Thread(target=self._count, name="job-metrics", daemon=True).start()
        return self._server.server_port

    def enter_job_process(self) -> None:
        """Called in a new job process: it tells, and must not keep a dead worker's port taken."""
        if self._server is not None:
            self._server.socket.close()
        self._tell({"process": os.getpid()})

    def started(self, kind: str, waited_seconds: float | None) -> None:
        """A job starts in this job process."""
        self._tell({"kind": kind, "waited": waited_seconds})

    def ended(self, kind: str, outcome: str, seconds: float) -> None:
        """A job of this job process ended."""
        self._tell({"kind": kind, "outcome": outcome, "seconds": seconds})

    def _tell(self, told: dict[str, Any]) -> None:
        """A line is shorter than what a pipe takes at once, so lines never mix; a full pipe must not stop the job."""
        try:
            os.write(self._write_end, orjson.dumps(told) + b"\n")
        except BlockingIOError:
            log.warning("job metrics lost: the worker process does not read them", **told)

    def _count(self) -> None:
        with os.fdopen(self._read_end, "rb") as lines:
            for line in lines:
                self._note(orjson.loads(line))

    def _note(self, told: dict[str, Any]) -> None:
        match told:
            case {"process": pid}:  # its predecessor may have died at work
                self._job_process = pid
                self._running.clear()
            case {"outcome": outcome, "kind": kind, "seconds": seconds}:
                self._running.labels(kind).set(0)
                self._ended.labels(kind, outcome).inc()
                self._duration.labels(kind).observe(seconds)
            case {"kind": kind, "waited": waited}:
                self._running.labels(kind).set(1)
                if waited is not None:
                    self._wait.labels(kind).observe(waited)
