"""Connections to the stores, made once per process from the settings."""

from datetime import timedelta
from typing import TYPE_CHECKING

import boto3
import clickhouse_connect
from clickhouse_connect.driver.client import Client
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker

from backend.settings import Settings
from bellwether_contracts.settings import ClickHouseSettings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def postgres(url: str, *, pool_size: int = 5, statement_timeout: timedelta | None = None) -> Engine:
    """An engine that notices a restarted server before it hands out a dead connection.

    Args:
        url: SQLAlchemy's URL of the database.
        pool_size: Connections kept; as many again may be opened under load.
        statement_timeout: After which the server gives a statement up; without it, never.
    """
    connect_args: dict[str, object] = {"connect_timeout": 3}
    if statement_timeout is not None:
        connect_args["options"] = f"-c statement_timeout={statement_timeout // timedelta(milliseconds=1)}"
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        connect_args=connect_args,
    )


def sessions(engine: Engine) -> sessionmaker[Session]:
    """A factory whose sessions keep loaded values after commit."""
    return sessionmaker(engine, expire_on_commit=False)


def clickhouse(settings: ClickHouseSettings) -> Client:
    """A client that may be shared by threads: it holds no session."""
    return clickhouse_connect.get_client(
        dsn=settings.clickhouse_url.get_secret_value(),
        autogenerate_session_id=False,
        connect_timeout=5,
        send_receive_timeout=60,
    )


def s3(settings: Settings) -> "S3Client":
    """The object store."""
    return boto3.client(
        "s3",
        endpoint_url=str(settings.s3_endpoint_url),
        aws_access_key_id=settings.aws_access_key_id.get_secret_value(),
        aws_secret_access_key=settings.aws_secret_access_key.get_secret_value(),
        region_name=settings.aws_default_region,
    )
