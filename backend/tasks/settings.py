"""What a worker is configured by, beyond what every backend process needs."""

from pydantic import Field

from backend.settings import Settings


class WorkerSettings(Settings):
    """A Celery worker's settings."""

    worker_metrics_host: str = "127.0.0.1"
    worker_metrics_port: int = Field(default=8012, ge=0, le=65535, description="Where its /metrics is; 0 is any port.")
