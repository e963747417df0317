"""Brings the stores' schemas to what the code expects. Every step is safe to run again."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from clickhouse_connect.driver.client import Client
from sqlalchemy import Connection, Engine, text

_MIGRATIONS = Path(__file__).parents[2] / "migrations"
_CLICKHOUSE_DDL = Path(__file__).parents[3] / "db" / "clickhouse"
_LOCK = 0x42454C4C  # one migrator at a time, whoever starts it


def alembic_config(database: str, connection: Connection) -> Config:
    """Alembic's configuration for `raw` or `meta`, bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS / database))
    config.attributes["connection"] = connection
    return config


def upgrade_postgres(engine: Engine, database: str) -> None:
    """Apply the missing migrations of `raw` or `meta`."""
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        try:
            command.upgrade(alembic_config(database, connection), "head")
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()


def clickhouse_statements(ddl: str) -> list[str]:
    """The statements of a DDL file, without comment lines."""
    lines = [line for line in ddl.splitlines() if not line.lstrip().startswith("--")]
    return [statement.strip() for statement in "\n".join(lines).split(";") if statement.strip()]


def upgrade_clickhouse(client: Client) -> None:
    """Apply `db/clickhouse/*.sql` in order; every statement there says IF NOT EXISTS or OR REPLACE."""
    for path in sorted(_CLICKHOUSE_DDL.glob("*.sql")):
        for statement in clickhouse_statements(path.read_text()):
            client.command(statement)
