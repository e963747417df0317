"""What each kind of job does. Heavy imports happen in the process that does the work, when it does it."""

from typing import Any
from uuid import uuid5

import orjson

from backend.src.events import outbox_store
from backend.src.inference.record import prediction_answer, prediction_event
from backend.src.inference.shadow_recorder import outgoing
from backend.src.jobs.job_store import Lease, guard
from backend.src.jobs.reviews import review_of
from backend.src.jobs.runner import Handler, JobReporter
from backend.src.runtime import Runtime
from backend.src.training.request import TrainRequest
from bellwether_contracts.events import PredictionMadeV1


def handlers(runtime: Runtime) -> dict[str, Handler]:
    """A handler for each kind of job."""
    return {
        "train": lambda lease, reporter: train(runtime, lease, reporter),
        "predict": lambda lease, reporter: predict(runtime, lease, reporter),
        "ingest": lambda lease, reporter: ingest(runtime, lease, reporter),
        "reproduce": lambda lease, reporter: reproduce(runtime, lease, reporter),
        "backfill": lambda lease, reporter: backfill(runtime, lease, reporter),
        "review": lambda lease, reporter: review(runtime, lease, reporter),
        "drift": lambda lease, reporter: drift(runtime, lease, reporter),
        "what_if": lambda lease, reporter: what_if(runtime, lease, reporter),
    }


def train(runtime: Runtime, lease: Lease, reporter: JobReporter) -> dict[str, Any]:
    """Train, evaluate and register one model."""
    from backend.src.registry.tracking import Tracker
    from backend.src.training.trainer import Trainer

    trainer = Trainer(
        runtime.meta_sessions,
        runtime.snapshots,
        runtime.model_files,
        runtime.evaluations,
        Tracker(str(runtime.settings.mlflow_tracking_uri)),
        runtime.git_commit,
    )
    job = runtime.jobs.get(lease.job_id)
    trained = trainer.train(
        TrainRequest.model_validate(lease.body),
        job_id=lease.job_id,
        actor=job.requested_by,
        reporter=reporter,
        guard=lambda session: guard(session, lease),
        trigger=job.trigger,
    )
    return trained.result()


def reproduce(runtime: Runtime, lease: Lease, reporter: JobReporter) -> dict[str, Any]:
    """Train a model once more and compare; nothing is registered."""
    from backend.src.training.reproduction import Reproducer

    reproducer = Reproducer(runtime.meta_sessions, runtime.snapshots, runtime.evaluations, runtime.git_commit)
    return reproducer.reproduce(lease.body["model_id"], reporter)


def ingest(runtime: Runtime, lease: Lease, reporter: JobReporter) -> dict[str, Any]:
    """Bring one ticker's data in, into all stores."""
    report = runtime.ingest.ingest(lease.body["ticker"], lease.body["source"], reporter)
    runtime.queue.submit(review_of(report.ticker, report.snapshot, f"job:{lease.job_id}"))
    return report.as_json()


def review(runtime: Runtime, lease: Lease, reporter: JobReporter) -> dict[str, Any]:
    """Look at a ticker after its series has changed: outcomes, drift, retraining, promotion, rollback."""
    from backend.monitor.review import Reviewer, steps

    return Reviewer(steps(runtime)).review(lease.body["ticker"], reporter)


def backfill(runtime: Runtime, lease: Lease, reporter: JobReporter) -> dict[str, Any]:
    """Make the forecasts of a past range; a second attempt writes the same rows."""
    from backend.src.replay.replayer import Origin
    from backend.src.replay.request import ReplayRequest

    origin = Origin(
        lease.job_id,
        served_by=runtime.settings.service_name,
        request_id=runtime.jobs.get(lease.job_id).requested_by.removeprefix("api:"),
    )
    return runtime.replayer.replay(ReplayRequest.model_validate(lease.body), origin, reporter)


def drift(runtime: Runtime, lease: Lease, reporter: JobReporter) -> dict[str, Any]:
    """Check one ticker for drift, and make the report of what was compared."""
    from backend.monitor.drift.service import check_with_report

    return check_with_report(runtime, lease.body["ticker"], lease.job_id, reporter)


def what_if(runtime: Runtime, lease: Lease, reporter: JobReporter) -> dict[str, Any]:
    """Replay a past range with and without retraining; nothing is stored but the report."""
    from backend.monitor.retraining.what_if import WhatIfRequest
    from backend.monitor.retraining.what_if_job import replay_both

    return replay_both(runtime, WhatIfRequest.model_validate(lease.body), reporter)


def predict(runtime: Runtime, lease: Lease, reporter: JobReporter) -> dict[str, Any]:
    """Forecast each of the next sessions; each is shown as it comes, and all are recorded together at the end.

    Event ids and times follow from the job, so that a second attempt records the same events.
    """
    runtime.catalogue.refresh()
    job = runtime.jobs.get(lease.job_id)
    ticker, days = lease.body["ticker"], lease.body["days"]
    path = runtime.forecaster.forecast_path(ticker, days)
    made: list[tuple[PredictionMadeV1, dict[str, Any]]] = []
    for forecast in path:
        event = prediction_event(
            forecast,
            event_id=uuid5(lease.job_id, str(forecast.horizon)),
            at=job.started_at or job.created_at,
            served_by=runtime.settings.service_name,
            request_id=job.requested_by.removeprefix("api:"),
            task_id=lease.job_id,
        )
        made.append((event, _json(prediction_answer(forecast, event))))
        reporter.partial(_path(ticker, days, made))
        reporter.progress(len(made) / days, f"{len(made)} of {days} sessions")
    with runtime.meta_sessions.begin() as session:
        guard(session, lease)
        outbox_store.add(session, [outgoing(event) for event, _answer in made])
    for forecast, (event, _answer) in zip(path, made, strict=True):
        runtime.shadow_recorder.note(forecast, event)
    return _path(ticker, days, made)


def _path(ticker: str, days: int, made: list[tuple[PredictionMadeV1, dict[str, Any]]]) -> dict[str, Any]:
    predictions = [answer for _event, answer in made]
    return {"ticker": ticker, "days": days, "complete": len(made) == days, "predictions": predictions}


def _json(answer: dict[str, Any]) -> dict[str, Any]:
    """Dates and ids as the strings that a JSON column takes."""
    plain: dict[str, Any] = orjson.loads(orjson.dumps(answer))
    return plain
