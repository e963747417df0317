"""The environment every service is configured by, made in this one place."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from local_stack.layout import Layout, load_credentials
from local_stack.postgres import socket_dir

DATABASES = ("raw_db", "model_meta_db", "mlflow_db")
MLFLOW_BUCKET = "mlflow-artifacts"
POSTGRES_ROLE = "bellwether"
SCRAPED = ("backend1", "backend2", "celery_train", "celery_predict", "ws_monitor")


def stack_environment(layout: Layout) -> dict[str, str]:
    """The addresses and credentials of one copy of the stack, by variable name."""
    credentials = load_credentials(layout)
    return {
        "RAW_DB_URL": database_url(layout, "raw_db"),
        "MODEL_META_DB_URL": database_url(layout, "model_meta_db"),
        "REDIS_URL": f"redis://127.0.0.1:{layout.ports['redis']}/0",
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{layout.ports['kafka']}",
        "CLICKHOUSE_URL": f"http://bellwether:{credentials.clickhouse_password}"
        f"@127.0.0.1:{layout.ports['clickhouse']}/bellwether",
        "S3_ENDPOINT_URL": layout.url("s3"),
        "S3_BUCKET": "bellwether",
        "AWS_ACCESS_KEY_ID": credentials.s3_access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.s3_secret_key,
        "AWS_DEFAULT_REGION": "us-east-1",
        "MLFLOW_TRACKING_URI": layout.url("mlflow"),
        "MLFLOW_S3_ENDPOINT_URL": layout.url("s3"),
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PREFECT_API_URL": f"{layout.url('prefect')}/api",
        "PREFECT_HOME": str(layout.data / "prefect"),
        "DO_NOT_TRACK": "1",
        "BELLWETHER_API_URL": layout.page_url,
        "FILES_DIR": os.environ.get("FILES_DIR") or str(layout.data / "files"),
        "BELLWETHER_DATA_DIR": str(layout.data),
        "ALLOWED_ORIGINS": ",".join(_page_origins(layout)),
        "METRICS_PUBLISHER_PORT": str(layout.ports["metrics_publisher"]),
        "SCRAPE_TARGETS": ",".join(f"{name}={layout.url(name)}/metrics" for name in SCRAPED),
        "GIT_COMMIT": os.environ.get("GIT_COMMIT") or _git_commit(layout.repository),
    }


def service_environment(layout: Layout) -> dict[str, str]:
    """What a service inherits: this process's environment, the virtual environment first, and the stack's."""
    inherited = {**os.environ, **stack_environment(layout)}
    inherited["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    inherited["PYTHONUNBUFFERED"] = "1"
    inherited["CLICKHOUSE_GATEWAY_PASSWORD"] = load_credentials(layout).clickhouse_password
    inherited["BELLWETHER_SUPERVISED"] = str(layout.data)  # what a later start finds leftovers by
    inherited["BELLWETHER_PORT_BASE"] = os.environ.get("BELLWETHER_PORT_BASE", "")
    return inherited


def shell_exports(layout: Layout) -> str:
    """The stack's environment as lines that a shell can evaluate."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in stack_environment(layout).items())


def database_url(layout: Layout, database: str, driver: str = "psycopg") -> str:
    """SQLAlchemy's address of one database behind the cluster's unix socket."""
    host = socket_dir(layout)
    return f"postgresql+{driver}://{POSTGRES_ROLE}@/{database}?host={host}&port={layout.ports['postgres']}"


def _page_origins(layout: Layout) -> list[str]:
    port = layout.ports["page"]
    # 5173 is the page's development server.
    return [f"http://{host}:{p}" for p in (port, 5173) for host in ("127.0.0.1", "localhost")]


def _git_commit(repository: Path) -> str:
    command = ["git", "-C", str(repository), "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "unknown"
    return found.stdout.strip() if found.returncode == 0 else "unknown"
