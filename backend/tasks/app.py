"""The Celery workers: `celery -A backend.tasks.app:app worker -Q train,ingest` and `... -Q predict`."""

from typing import Any
from uuid import UUID

from celery.signals import setup_logging, worker_init, worker_process_init, worker_process_shutdown

from backend.src.jobs.broker import celery_app
from backend.src.jobs.queue import TASK
from backend.src.jobs.runner import JobRunner
from backend.src.runtime import Runtime
from backend.tasks.handlers import handlers
from backend.tasks.metrics import WorkerMetrics
from backend.tasks.settings import WorkerSettings
from bellwether_contracts import logging

settings = WorkerSettings()
app = celery_app(settings.redis_url.get_secret_value())

# Connects when a child first asks, so that no connection is shared over a fork.
_runtime = Runtime(settings)
_metrics = WorkerMetrics()


@setup_logging.connect
def _configure_logging(**_: Any) -> None:
    logging.configure(settings.service_name, settings.log_level)


@worker_init.connect
def _serve_metrics(**_: Any) -> None:
    try:
        _metrics.serve(settings)
    except OSError as error:  # Celery would log it and go on unseen
        raise SystemExit(f"the worker's metrics can't be served: {error}") from error


@worker_process_init.connect
def _enter_job_process(**_: Any) -> None:
    _metrics.enter_job_process()


@worker_process_shutdown.connect
def _stop(**_: Any) -> None:
    _runtime.close()


@app.task(name=TASK)
def run_job(job_id: str) -> str:
    """Run one job under its lease and say what became of it."""
    return JobRunner(_runtime.jobs, handlers(_runtime), settings.service_name, _metrics).run(UUID(job_id))
