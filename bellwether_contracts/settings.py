"""Settings fragments: a service's own settings class inherits those that it needs.

Every service is configured by URLs in its environment and by nothing else, so the same code runs on the
local stack and on Compose.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, UrlConstraints
from pydantic_core import Url
from pydantic_settings import BaseSettings, SettingsConfigDict

HttpUrl = Annotated[Url, UrlConstraints(allowed_schemes=["http", "https"])]


class ServiceSettings(BaseSettings):
    """Who this process is."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    service_name: str = Field(description="How the process calls itself in logs, metrics and `X-Served-By`.")
    log_level: str = "INFO"


class PostgresSettings(BaseSettings):
    """The two databases of our own."""

    raw_db_url: SecretStr
    model_meta_db_url: SecretStr


class RedisSettings(BaseSettings):
    """Celery's broker."""

    redis_url: SecretStr


class KafkaSettings(BaseSettings):
    """The event bus."""

    kafka_bootstrap_servers: str


class ClickHouseSettings(BaseSettings):
    """Bars, predictions, alerts."""

    clickhouse_url: SecretStr = Field(description="http://user:password@host:8123/database")


class S3Settings(BaseSettings):
    """Snapshots and models."""

    s3_endpoint_url: HttpUrl
    s3_bucket: str = "bellwether"
    aws_access_key_id: SecretStr
    aws_secret_access_key: SecretStr
    aws_default_region: str = "us-east-1"


class MlflowSettings(BaseSettings):
    """Experiment tracking."""

    mlflow_tracking_uri: HttpUrl
    git_commit: str | None = None


class SourceSettings(BaseSettings):
    """Where market data comes from."""

    data_source: str = Field(default="yahoo", pattern="^(yahoo|files|sample)$")
    files_dir: Path | None = None
