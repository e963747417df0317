"""Puts an ingest service together from connections: the same for the workers, the flows and the tests."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clickhouse_connect.driver.client import Client
from sqlalchemy import Engine

from backend.settings import Settings
from backend.src.data import engines
from backend.src.data.bar_store import BarStore
from backend.src.data.ingest_run_store import IngestRunStore
from backend.src.data.instrument_store import InstrumentStore
from backend.src.data.price_store import PriceStore
from backend.src.data.quarantine_store import QuarantineStore
from backend.src.data.snapshot_store import SnapshotStore
from backend.src.ingestion.publisher import BarPublisher
from backend.src.ingestion.service import IngestService, Stores
from backend.src.ingestion.sources.catalogue import sources

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Connections:
    """What an ingest talks to."""

    raw: Engine
    meta: Engine
    clickhouse: Client
    s3: "S3Client"
    bucket: str


def connect(settings: Settings) -> Connections:
    """Connections of a process's own."""
    return Connections(
        engines.postgres(settings.raw_db_url.get_secret_value()),
        engines.postgres(settings.model_meta_db_url.get_secret_value()),
        engines.clickhouse(settings),
        engines.s3(settings),
        settings.s3_bucket,
    )


def stores(connections: Connections) -> Stores:
    """The stores of an ingest."""
    raw, meta = engines.sessions(connections.raw), engines.sessions(connections.meta)
    return Stores(
        raw_engine=connections.raw,
        prices=PriceStore(raw),
        instruments=InstrumentStore(raw),
        runs=IngestRunStore(raw),
        quarantine=QuarantineStore(meta),
        snapshots=SnapshotStore(meta, connections.s3, connections.bucket),
        publisher=BarPublisher(BarStore(connections.clickhouse)),
    )


def ingest_service(connections: Connections, default_source: str, files_dir: Path | None) -> IngestService:
    """The ingest with every source that is configured."""
    return IngestService(sources=sources(files_dir), default_source=default_source, stores=stores(connections))
