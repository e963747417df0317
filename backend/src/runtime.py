"""The wiring that the API, the workers and the flows share: each part is made once, when it is first asked for."""

import subprocess
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from celery import Celery
from clickhouse_connect.driver.client import Client
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from backend.settings import Settings
from backend.src.alerting.alert_book import AlertBook
from backend.src.data import engines
from backend.src.data.bar_store import BarStore
from backend.src.data.catalogue_store import CatalogueStore
from backend.src.data.deployment_store import DeploymentStore
from backend.src.data.drift_store import DriftStore
from backend.src.data.evaluation_files import EvaluationFiles
from backend.src.data.ingest_run_store import IngestRunStore
from backend.src.data.instrument_store import InstrumentStore
from backend.src.data.live_store import LiveStore
from backend.src.data.model_files import ModelFiles
from backend.src.data.model_store import ModelStore
from backend.src.data.policy_store import PolicyStore
from backend.src.data.prediction_store import PredictionStore
from backend.src.data.price_store import PriceStore
from backend.src.data.quarantine_store import QuarantineStore
from backend.src.data.report_files import ReportFiles
from backend.src.data.retrain_store import RetrainStore
from backend.src.data.scheduled_run_store import ScheduledRunStore
from backend.src.data.scorecard_store import ScorecardStore
from backend.src.data.simulated_rows import SimulatedRows
from backend.src.data.simulation_store import SimulationStore
from backend.src.data.snapshot_store import SnapshotStore
from backend.src.events.outbox_store import OutboxStore
from backend.src.inference.catalogue import Catalogue
from backend.src.inference.forecaster import Forecaster
from backend.src.inference.model_forecaster import ModelForecaster
from backend.src.inference.shadow_recorder import ShadowRecorder
from backend.src.inference.shadows import Shadows
from backend.src.jobs.broker import celery_app
from backend.src.jobs.job_store import JobStore
from backend.src.jobs.queue import CelerySender, JobQueue
from backend.src.registry.mirror import AliasMirror
from backend.src.registry.run_reader import RunReader
from backend.src.scoring.scorecard import Scorecard
from backend.src.training.promotion import Promoter

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from backend.src.ingestion.service import IngestService
    from backend.src.replay.replayer import Replayer


class Runtime:
    """One process's engines, clients, stores and services."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def raw_engine(self) -> Engine:
        """raw_db."""
        return engines.postgres(self.settings.raw_db_url.get_secret_value())

    @cached_property
    def meta_engine(self) -> Engine:
        """model_meta_db."""
        return engines.postgres(self.settings.model_meta_db_url.get_secret_value(), pool_size=10)

    @cached_property
    def events_engine(self) -> Engine:
        """model_meta_db for the outbox alone: no busy route can keep a forecast from being recorded."""
        url = self.settings.model_meta_db_url.get_secret_value()
        return engines.postgres(url, pool_size=3, statement_timeout=timedelta(seconds=3))

    @cached_property
    def raw_sessions(self) -> sessionmaker[Session]:
        """Sessions on raw_db."""
        return engines.sessions(self.raw_engine)

    @cached_property
    def meta_sessions(self) -> sessionmaker[Session]:
        """Sessions on model_meta_db."""
        return engines.sessions(self.meta_engine)

    @cached_property
    def clickhouse(self) -> Client:
        """ClickHouse."""
        return engines.clickhouse(self.settings)

    @cached_property
    def s3(self) -> "S3Client":
        """The object store."""
        return engines.s3(self.settings)

    @cached_property
    def celery(self) -> Celery:
        """The broker that carries the jobs' messages."""
        return celery_app(self.settings.redis_url.get_secret_value())

    @cached_property
    def git_commit(self) -> str:
        """The code's commit, by the environment or by git; `unknown` where there is neither."""
        if self.settings.git_commit:
            return self.settings.git_commit
        try:
            found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True, timeout=5)  # noqa: S607
        except (OSError, subprocess.SubprocessError):
            return "unknown"
        return found.stdout.strip()

    @cached_property
    def instruments(self) -> InstrumentStore:
        """Symbols held."""
        return InstrumentStore(self.raw_sessions)

    @cached_property
    def prices(self) -> PriceStore:
        """Raw bars."""
        return PriceStore(self.raw_sessions)

    @cached_property
    def ingest_runs(self) -> IngestRunStore:
        """What ingests came to."""
        return IngestRunStore(self.raw_sessions)

    @cached_property
    def quarantine(self) -> QuarantineStore:
        """Refused bars."""
        return QuarantineStore(self.meta_sessions)

    @cached_property
    def snapshots(self) -> SnapshotStore:
        """Immutable Parquet files."""
        return SnapshotStore(self.meta_sessions, self.s3, self.settings.s3_bucket)

    @cached_property
    def bars(self) -> BarStore:
        """Bars with indicators, in ClickHouse."""
        return BarStore(self.clickhouse)

    @cached_property
    def predictions(self) -> PredictionStore:
        """Past forecasts."""
        return PredictionStore(self.clickhouse)

    @cached_property
    def scores(self) -> ScorecardStore:
        """Forecasts beside what came."""
        return ScorecardStore(self.clickhouse)

    @cached_property
    def scorecard(self) -> Scorecard:
        """How forecasts turned out."""
        return Scorecard(self.scores)

    @cached_property
    def replayer(self) -> "Replayer":
        """Makes the forecasts of the past. It trains, so only a process that replays pays for its imports."""
        from backend.src.replay.replayer import Replayer

        return Replayer(self.snapshots, self.instruments, self.predictions)

    @cached_property
    def models(self) -> ModelStore:
        """The registry's models."""
        return ModelStore(self.meta_sessions)

    @cached_property
    def deployments(self) -> DeploymentStore:
        """The ledger of who served when."""
        return DeploymentStore(self.meta_sessions)

    @cached_property
    def policies(self) -> PolicyStore:
        """What becomes of challengers."""
        return PolicyStore(self.meta_sessions)

    @cached_property
    def promoter(self) -> Promoter:
        """Compares models with champions and moves the aliases."""
        return Promoter(self.meta_sessions, self.model_files, self.evaluations, self.live)

    @cached_property
    def live(self) -> LiveStore:
        """What was forecast live, in shadow too, beside what came."""
        return LiveStore(self.clickhouse)

    @cached_property
    def alerts(self) -> AlertBook:
        """Every trouble once."""
        return AlertBook(self.meta_sessions)

    @cached_property
    def simulations(self) -> SimulationStore:
        """Markets that are replayed."""
        return SimulationStore(self.meta_sessions)

    @cached_property
    def drift(self) -> DriftStore:
        """What drift checks found."""
        return DriftStore(self.meta_sessions)

    @cached_property
    def reports(self) -> ReportFiles:
        """Drift reports as HTML."""
        return ReportFiles(self.s3, self.settings.s3_bucket)

    @cached_property
    def retraining(self) -> RetrainStore:
        """Why champions were trained anew, or not."""
        return RetrainStore(self.meta_sessions)

    @cached_property
    def scheduled_runs(self) -> ScheduledRunStore:
        """What was done by the clock."""
        return ScheduledRunStore(self.meta_sessions)

    @cached_property
    def simulated_rows(self) -> SimulatedRows:
        """What simulations leave behind."""
        return SimulatedRows(self.raw_sessions, self.meta_sessions, self.clickhouse)

    @cached_property
    def mirror(self) -> AliasMirror:
        """Tells MLflow of the aliases."""
        return AliasMirror(self.meta_sessions, str(self.settings.mlflow_tracking_uri))

    @cached_property
    def model_files(self) -> ModelFiles:
        """Models' ONNX files."""
        return ModelFiles(self.s3, self.settings.s3_bucket)

    @cached_property
    def evaluations(self) -> EvaluationFiles:
        """What models forecast out of sample."""
        return EvaluationFiles(self.s3, self.settings.s3_bucket)

    @cached_property
    def runs(self) -> RunReader:
        """MLflow's runs, read over its REST interface."""
        return RunReader(str(self.settings.mlflow_tracking_uri))

    @cached_property
    def outbox(self) -> OutboxStore:
        """Events that must arrive."""
        return OutboxStore(self.events_engine)

    @cached_property
    def jobs(self) -> JobStore:
        """Jobs as rows."""
        return JobStore(self.meta_sessions)

    @cached_property
    def queue(self) -> JobQueue:
        """Where jobs are accepted and sent."""
        return JobQueue(self.jobs, CelerySender(self.celery))

    @cached_property
    def catalogue(self) -> Catalogue:
        """Champions and newest bars in memory."""
        return Catalogue(CatalogueStore(self.meta_sessions), self.bars, self.model_files, self.evaluations)

    @cached_property
    def shadows(self) -> Shadows:
        """Challengers in memory, beside the champions."""
        return Shadows(CatalogueStore(self.meta_sessions), self.catalogue)

    @cached_property
    def shadow_recorder(self) -> ShadowRecorder:
        """Records what challengers would have answered; its thread begins with the first answer."""
        recorder = ShadowRecorder(self.shadows, OutboxStore(self.meta_engine), self.settings.shadow_queue_size)
        recorder.start()
        return recorder

    @cached_property
    def forecaster(self) -> Forecaster:
        """Answers from the catalogue."""
        return Forecaster(self.catalogue)

    @cached_property
    def model_forecaster(self) -> ModelForecaster:
        """Answers by a model that is named."""
        return ModelForecaster(self.catalogue, self.forecaster, self.models)

    @cached_property
    def ingest(self) -> "IngestService":
        """Brings market data in. Its imports are heavy, so only a process that ingests pays for them."""
        from backend.src.ingestion.publisher import BarPublisher
        from backend.src.ingestion.service import IngestService, Stores
        from backend.src.ingestion.sources.catalogue import sources
        from backend.src.ingestion.sources.simulation import SimulationSource

        return IngestService(
            sources=sources(
                self.settings.files_dir,
                lambda: SimulationSource(self.simulations, self.prices, self.instruments),
            ),
            default_source=self.settings.data_source,
            stores=Stores(
                raw_engine=self.raw_engine,
                prices=self.prices,
                instruments=self.instruments,
                runs=self.ingest_runs,
                quarantine=self.quarantine,
                snapshots=self.snapshots,
                publisher=BarPublisher(self.bars),
            ),
        )

    def close(self) -> None:
        """Let go of every connection that was made."""
        made = vars(self)
        if "shadow_recorder" in made:
            self.shadow_recorder.close()
        for name in ("raw_engine", "meta_engine", "events_engine"):
            if name in made:
                made[name].dispose()
        for name in ("clickhouse", "s3", "celery"):
            if name in made:
                made[name].close()
