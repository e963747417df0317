"""Trains one model, from a snapshot to a registered version with its evidence."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session, sessionmaker
from threadpoolctl import threadpool_limits

from backend.errors import InvalidRequestError
from backend.src.data.calendars import parse_exchange
from backend.src.data.deployment_store import champion_id, deploy_first
from backend.src.data.model_files import ModelFiles
from backend.src.data.model_store import ModelStore, add_model
from backend.src.data.orm import Model, Snapshot
from backend.src.data.snapshot_store import SnapshotStore
from backend.src.features.bands import residual_bands
from backend.src.features.pipeline import FEATURE_NAMES, FEATURE_VERSION
from backend.src.jobs.reporter import Reporter
from backend.src.registry.tracking import Measurement, TrackedRun, Tracker
from backend.src.training.evaluation import FoldResult, band_coverage
from backend.src.training.export import Export, export
from backend.src.training.models import MODEL_TYPES, ForecastModel
from backend.src.training.models.base import THREADS
from backend.src.training.provenance import environment
from backend.src.training.request import TrainRequest
from backend.src.training.splits import walk_forward
from backend.src.training.walk_forward import REPORTED, TrainingRows, fold_record, overall_record, run_folds
from bellwether_contracts.market import MAX_HORIZON

Guard = Callable[[Session], None]
"""Raises LeaseLostError unless the job may still write; called in the transaction that writes."""


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What became of a training."""

    model_id: int
    ticker: str
    version: int
    model_type: str
    verdict: str
    champion: bool
    mlflow_run_id: str | None

    def result(self) -> dict[str, Any]:
        """As a job's result."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Learned:
    """A fitted model and its record, before anyone else knows of it."""

    rows: TrainingRows
    exported: Export
    metrics: dict[str, Any]
    evidence: dict[str, Any]
    verdict: str


class Trainer:
    """Carries out trainings."""

    def __init__(
        self,
        session_factory: sessionmaker[Session],
        snapshots: SnapshotStore,
        files: ModelFiles,
        tracker: Tracker,
        git_commit: str,
    ) -> None:
        self._sessions = session_factory
        self._models = ModelStore(session_factory)
        self._snapshots = snapshots
        self._files = files
        self._tracker = tracker
        self._git_commit = git_commit

    def train(
        self, request: TrainRequest, *, job_id: UUID, actor: str, reporter: Reporter, guard: Guard
    ) -> TrainedModel:
        """Train, evaluate, export and register one model. The same job twice gives the same model.

        Args:
            request: What to train.
            job_id: The job that this is the work of.
            actor: Who asked for it: the ledger names them if the model becomes champion.
            reporter: Where progress goes; its cancellation ends the training and leaves nothing registered.
            guard: Called in the transaction that registers the model.

        Raises:
            InvalidRequestError: no data for the ticker, too short a history, or another exchange.
            ParityError: the exported model does not answer like the trained one.
            UpstreamError: S3 or MLflow does not answer.
            JobCancelledError, LeaseLostError: the job must not go on.
        """
        before = self._models.of_job(job_id)
        if before is not None:
            return self._outcome(before)
        snapshot = self._snapshot(request)
        tags = {"ticker": request.ticker, "job_id": str(job_id), "snapshot": snapshot.sha256, "actor": actor}
        with self._tracker.run(f"{request.ticker} {request.model_type}", tags) as run:
            with threadpool_limits(THREADS):
                learned = self._learn(request, snapshot, reporter)
            reporter.progress(0.9, "registering")
            self._track(run, request, snapshot, learned)
            values = self._values(request, snapshot, learned) | {"job_id": job_id, "mlflow_run_id": run.run_id}
            model = self._register(values, run, actor, guard)
        outcome = self._outcome(model)
        reporter.log(f"Registered as version {model.version}{', the first champion' if outcome.champion else ''}.")
        return outcome

    def _snapshot(self, request: TrainRequest) -> Snapshot:
        snapshot = self._snapshots.latest(request.ticker, request.source)
        if snapshot is None:
            origin = f" from {request.source}" if request.source else ""
            raise InvalidRequestError(f"{request.ticker} has no data{origin}. POST /api/run-etl ingests it.")
        if request.exchange and snapshot.exchange not in parse_exchange(request.exchange):
            raise InvalidRequestError(
                f"{request.ticker} trades on {snapshot.exchange}, not on {request.exchange}.",
                allowed=[snapshot.exchange],
            )
        return snapshot

    def _learn(self, request: TrainRequest, snapshot: Snapshot, reporter: Reporter) -> _Learned:
        reporter.progress(0.02, "loading the snapshot")
        rows = TrainingRows(self._snapshots.load(snapshot.sha256))
        folds = walk_forward(len(rows), request.n_folds)
        reporter.log(
            f"{snapshot.rows:,} sessions of {request.ticker} from {snapshot.source}, {snapshot.first_session} to"
            f" {snapshot.last_session}; {len(rows):,} rows to learn from, {len(folds)} folds."
        )
        model_type = MODEL_TYPES[request.model_type]
        params = model_type.Params.model_validate(request.params)

        def make_model() -> ForecastModel:
            return model_type(params, request.seed)

        tested = run_folds(rows, folds, make_model, lambda fold: _report_fold(reporter, rows, fold, len(folds)))
        reporter.progress(0.75, "final fit")
        model = make_model().fit(rows.x, rows.y)
        reporter.progress(0.82, "export")
        exported = export(model, rows.x)
        learned = _learned(rows, exported, tested, model)
        reporter.log(f"{learned.verdict}. Export differs from the model by at most {exported.max_abs_diff:.1e}.")
        return learned

    def _track(self, run: TrackedRun, request: TrainRequest, snapshot: Snapshot, learned: _Learned) -> None:
        params = {
            "model_type": request.model_type,
            "seed": request.seed,
            "n_folds": request.n_folds,
            "source": snapshot.source,
            "feature_version": FEATURE_VERSION,
            "train_start": learned.rows.day(0),
            "train_end": learned.rows.day(-1),
            **{f"param.{name}": value for name, value in request.params.items()},
            **{f"env.{name}": value for name, value in learned.evidence["environment"].items()},
        }
        tags = {"mlflow.source.git.commit": self._git_commit, "verdict": learned.verdict}
        run.log(params, _measurements(learned.metrics), tags)
        run.log_file("model.onnx", learned.exported.content)

    def _values(self, request: TrainRequest, snapshot: Snapshot, learned: _Learned) -> dict[str, Any]:
        sha256, uri = self._files.put(learned.exported.content)
        return {
            "ticker": request.ticker,
            "exchange": snapshot.exchange,
            "source": snapshot.source,
            "model_type": request.model_type,
            "params": request.params,
            "seed": request.seed,
            "feature_names": list(FEATURE_NAMES),
            "feature_version": FEATURE_VERSION,
            "horizons": list(range(1, MAX_HORIZON + 1)),
            "snapshot": snapshot.sha256,
            "train_start": date.fromisoformat(learned.rows.day(0)),
            "train_end": date.fromisoformat(learned.rows.day(-1)),
            "artifact_uri": uri,
            "artifact_sha256": sha256,
            "artifact_bytes": len(learned.exported.content),
            "metrics": learned.metrics,
            "evidence": learned.evidence,
            "verdict": learned.verdict,
            "git_commit": self._git_commit,
        }

    def _register(self, values: dict[str, Any], run: TrackedRun, actor: str, guard: Guard) -> Model:
        with self._sessions.begin() as session:
            guard(session)
            model = add_model(session, values)
            deploy_first(session, model, actor)
            # Last, so that nothing of ours can fail after it but the commit: then the run takes its version back.
            run.register(f"bellwether-{model.ticker}", {"model_id": str(model.id), "version": str(model.version)})
            return model

    def _outcome(self, model: Model) -> TrainedModel:
        with self._sessions() as session:
            champion = champion_id(session, model.ticker) == model.id
        return TrainedModel(
            model_id=model.id,
            ticker=model.ticker,
            version=model.version,
            model_type=model.model_type,
            verdict=model.verdict,
            champion=champion,
            mlflow_run_id=model.mlflow_run_id,
        )


def _report_fold(reporter: Reporter, rows: TrainingRows, tested: FoldResult, n_folds: int) -> None:
    record = fold_record(rows, tested)
    at_one = record["horizons"]["1"]
    reporter.log(
        f"Fold {record['fold']} of {n_folds}: learned {record['train_rows']:,} rows to {record['train_end']},"
        f" tested {record['test_rows']:,} from {record['test_start']} to {record['test_end']}."
        f" MAE of the next session {at_one['mae']:.3%}, naive {at_one['naive_mae']:.3%}."
    )
    reporter.progress(0.05 + 0.65 * record["fold"] / n_folds, f"fold {record['fold']} of {n_folds}")


def _learned(rows: TrainingRows, exported: Export, tested: list[FoldResult], model: ForecastModel) -> _Learned:
    forecast = np.concatenate([fold.forecast for fold in tested])
    actual = np.concatenate([fold.actual for fold in tested])
    overall = overall_record(forecast, actual, is_naive=model.name == "naive")
    bands = residual_bands(actual - forecast)
    evidence = {
        "bands": {str(level): band.tolist() for level, band in bands.items()},
        "coverage": band_coverage(tested),
        "gap": MAX_HORIZON,
        "parity": {
            "max_abs_diff": exported.max_abs_diff,
            "tolerance": exported.tolerance,
            "rows": exported.rows,
        },
        "environment": environment(type(model)),
    }
    metrics = {"overall": overall, "folds": [fold_record(rows, fold) for fold in tested]}
    return _Learned(rows, exported, metrics, evidence, overall["1"]["verdict"])


def _measurements(metrics: dict[str, Any]) -> list[Measurement]:
    found = [
        Measurement(f"fold.h{h}.{name}", value, fold["fold"])
        for fold in metrics["folds"]
        for h, record in fold["horizons"].items()
        for name, value in record.items()
    ]
    found += [
        Measurement(f"h{h}.{name}", value) for h in REPORTED for name, value in metrics["overall"][str(h)].items()
    ]
    return [m for m in found if isinstance(m.value, float)]
