"""`python -m backend.provision [stores|topics]`: schemas, buckets and topics, brought to what the code expects.

Safe to run again at any time. Services never create these on a request path.
"""

import argparse

import clickhouse_connect
import structlog
from botocore.exceptions import ClientError
from pydantic_core import Url

from backend.settings import Settings
from backend.src.data import engines, migrate
from backend.src.events import topics
from bellwether_contracts import logging
from bellwether_contracts.settings import KafkaSettings

MLFLOW_BUCKET = "mlflow-artifacts"

log = structlog.get_logger(__name__)


def provision_postgres(settings: Settings) -> None:
    """Migrate both databases."""
    for database, url in (("raw", settings.raw_db_url), ("meta", settings.model_meta_db_url)):
        engine = engines.postgres(url.get_secret_value())
        migrate.upgrade_postgres(engine, database)
        engine.dispose()


def provision_clickhouse(settings: Settings) -> None:
    """Create the database that the URL names, and its tables."""
    url = Url(settings.clickhouse_url.get_secret_value())
    database = (url.path or "/default").lstrip("/")
    if not database.isidentifier():
        raise ValueError(f"CLICKHOUSE_URL names the database {database!r}: letters, digits and underscores are allowed")
    server = clickhouse_connect.get_client(
        host=url.host or "127.0.0.1",
        port=url.port or 8123,
        username=url.username,
        password=url.password or "",
        secure=url.scheme == "https",
    )
    server.command(f"CREATE DATABASE IF NOT EXISTS {database}")
    server.close()
    client = engines.clickhouse(settings)
    migrate.upgrade_clickhouse(client)
    client.close()


def provision_buckets(settings: Settings) -> None:
    """Create the buckets for snapshots and models and for MLflow's artifacts."""
    s3 = engines.s3(settings)
    for bucket in (settings.s3_bucket, MLFLOW_BUCKET):
        try:
            s3.create_bucket(Bucket=bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                raise


def provision_topics(settings: KafkaSettings) -> None:
    """Create the Kafka topics."""
    created = topics.ensure(settings.kafka_bootstrap_servers)
    log.info("topics", created=created)


def main() -> None:
    """Provision everything, or only the stores or the topics."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=["all", "stores", "topics"], default="all")
    what = parser.parse_args().what
    logging.configure("provision")
    if what == "topics":
        provision_topics(KafkaSettings())
        return
    settings = Settings()
    provision_postgres(settings)
    provision_clickhouse(settings)
    provision_buckets(settings)
    if what == "all":
        provision_topics(settings)
    log.info("provisioned", what=what)


if __name__ == "__main__":
    main()
