"""The settings of every backend process, read once in its entry point and passed down."""

from bellwether_contracts.settings import (
    ClickHouseSettings,
    KafkaSettings,
    MlflowSettings,
    PostgresSettings,
    RedisSettings,
    S3Settings,
    ServiceSettings,
    SourceSettings,
)


class Settings(
    ServiceSettings,
    PostgresSettings,
    RedisSettings,
    KafkaSettings,
    ClickHouseSettings,
    S3Settings,
    MlflowSettings,
    SourceSettings,
):
    """What the API, the workers and the flows need to reach."""
