"""Trains one model, from a snapshot to a registered version with its evidence."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from backend.errors import InvalidRequestError
from backend.src.data.calendars import parse_exchange
from backend.src.data.deployment_store import champion_horizons, deploy_new
from backend.src.data.evaluation_files import EvaluationFiles
from backend.src.data.model_files import ModelFiles
from backend.src.data.model_store import ModelStore, add_model
from backend.src.data.orm import Model, Snapshot
from backend.src.data.snapshot_store import SnapshotStore
from backend.src.features.pipeline import FEATURE_VERSION
from backend.src.jobs.reporter import Reporter
from backend.src.registry.placement import placements
from backend.src.registry.tracking import Measurement, TrackedRun, Tracker
from backend.src.training.competitors import Competitors
from backend.src.training.learning import Learned, learn
from backend.src.training.panel import Panel
from backend.src.training.promotion import Promoter
from backend.src.training.request import TrainRequest
from bellwether_contracts.market import GRADED_HORIZONS

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


class Trainer:
    """Carries out trainings."""

    def __init__(
        self,
        session_factory: sessionmaker[Session],
        snapshots: SnapshotStore,
        files: ModelFiles,
        evaluations: EvaluationFiles,
        tracker: Tracker,
        git_commit: str,
    ) -> None:
        self._sessions = session_factory
        self._models = ModelStore(session_factory)
        self._snapshots = snapshots
        self._files = files
        self._evaluations = evaluations
        self._promoter = Promoter(session_factory, files, evaluations)
        self._competitors = Competitors(session_factory, evaluations)
        self._tracker = tracker
        self._git_commit = git_commit

    def train(
        self,
        request: TrainRequest,
        *,
        job_id: UUID,
        actor: str,
        reporter: Reporter,
        guard: Guard,
        trigger: dict[str, Any] | None = None,
    ) -> TrainedModel:
        """Train, evaluate, export and register one model. The same job twice gives the same model.

        Args:
            request: What to train.
            job_id: The job that this is the work of.
            actor: Who asked for it: the ledger names them if the model becomes champion.
            reporter: Where progress goes; its cancellation ends the training and leaves nothing registered.
            guard: Called in the transaction that registers the model.
            trigger: What set the training off, when no person did: the model keeps it.

        Raises:
            InvalidRequestError: no data for the ticker, too short a history, or another exchange.
            ParityError: the exported model does not answer like the trained one.
            UpstreamError: S3 or MLflow does not answer.
            JobCancelledError, LeaseLostError: the job must not go on.
        """
        before = self._models.of_job(job_id)
        if before is not None:
            self._decide(before, reporter)
            return self._outcome(before)
        snapshot = self._snapshot(request)
        tags = {"ticker": request.ticker, "job_id": str(job_id), "snapshot": snapshot.sha256, "actor": actor}
        with self._tracker.run(f"{request.ticker} {request.model_type}", tags) as run:
            reporter.progress(0.02, "loading the snapshot")
            bars = self._snapshots.load(snapshot.sha256)
            reporter.log(
                f"{snapshot.rows:,} sessions of {request.ticker} from {snapshot.source}, {snapshot.first_session} to"
                f" {snapshot.last_session}."
            )
            competition = self._competitors.of(request, snapshot.source)
            learned = learn(bars, request, reporter, competition, self._panel(request, snapshot))
            reporter.progress(0.9, "registering")
            self._track(run, request, snapshot, learned)
            values = self._values(request, snapshot, learned) | {"job_id": job_id, "mlflow_run_id": run.run_id}
            values["trigger"] = trigger
            model = self._register(values, run, actor, guard)
        reporter.log(f"Registered as version {model.version}.")
        self._decide(model, reporter)
        return self._outcome(model)

    def _decide(self, model: Model, reporter: Reporter) -> None:
        reporter.progress(0.96, "comparing with the champion")
        for line in self._promoter.consider(model):
            reporter.log(line)

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

    def _panel(self, request: TrainRequest, snapshot: Snapshot) -> Panel | None:
        limit = request.model_params().peer_limit
        if not limit:
            return None
        peers = {peer.ticker: peer.sha256 for peer in self._snapshots.peers(snapshot, limit)}
        return Panel(request.ticker, peers, self._snapshots.load)

    def _track(self, run: TrackedRun, request: TrainRequest, snapshot: Snapshot, learned: Learned) -> None:
        params = {
            "model_type": request.model_type,
            "seed": request.seed,
            "n_folds": request.n_folds,
            "tune": request.tune,
            "source": snapshot.source,
            "feature_version": FEATURE_VERSION,
            "train_start": learned.rows.day(0),
            "train_end": learned.rows.day(len(learned.rows) - 1),
            **{f"param.{name}": value for name, value in learned.params.items()},
            **{f"env.{name}": value for name, value in learned.evidence["environment"].items()},
        }
        tags = {"mlflow.source.git.commit": self._git_commit, "verdict": learned.verdict}
        run.log(params, _measurements(learned.metrics), tags)
        run.log_file("model.onnx", learned.exported.content)

    def _values(self, request: TrainRequest, snapshot: Snapshot, learned: Learned) -> dict[str, Any]:
        _sha256, uri = self._files.put(learned.exported.content)
        return {
            **learned.model_columns(request),
            "exchange": snapshot.exchange,
            "source": snapshot.source,
            "snapshot": snapshot.sha256,
            "artifact_uri": uri,
            "evaluation_sha256": self._evaluations.put(learned.tested),
            "git_commit": self._git_commit,
        }

    def _register(self, values: dict[str, Any], run: TrackedRun, actor: str, guard: Guard) -> Model:
        with self._sessions.begin() as session:
            guard(session)
            model = add_model(session, values)
            deploy_new(session, model, placements(model), actor)
            # Last, so that nothing of ours can fail after it but the commit: then the run takes its version back.
            run.register(f"bellwether-{model.ticker}", {"model_id": str(model.id), "version": str(model.version)})
            return model

    def _outcome(self, model: Model) -> TrainedModel:
        with self._sessions() as session:
            champion = bool(champion_horizons(session, model))
        return TrainedModel(
            model_id=model.id,
            ticker=model.ticker,
            version=model.version,
            model_type=model.model_type,
            verdict=model.verdict,
            champion=champion,
            mlflow_run_id=model.mlflow_run_id,
        )


def _measurements(metrics: dict[str, Any]) -> list[Measurement]:
    found = [
        Measurement(f"fold.h{h}.{name}", value, fold["fold"])
        for fold in metrics["folds"]
        for h, record in fold["horizons"].items()
        for name, value in record.items()
    ]
    found += [
        Measurement(f"h{h}.{name}", value)
        for h in GRADED_HORIZONS
        for name, value in metrics["overall"][str(h)].items()
    ]
    return [m for m in found if isinstance(m.value, float)]
