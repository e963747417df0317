"""What ws_monitor is configured by: its environment, read once in the entry point."""

from pydantic import Field

from bellwether_contracts.settings import ClickHouseSettings, KafkaSettings, ServiceSettings


class WsMonitorSettings(ServiceSettings, KafkaSettings, ClickHouseSettings):
    """The process's settings."""

    service_name: str = "ws_monitor"
    allowed_origins: str = Field(default="", description="Comma list of origins beside the server's own.")
    ring_size: int = Field(default=1000, ge=1, description="Events held per channel, for resuming clients.")
    backlog_size: int = Field(default=50, ge=0, description="Past events sent to a client that resumes nothing.")
    heartbeat_seconds: float = Field(default=15, gt=0)
    client_queue_frames: int = Field(default=256, ge=1, description="A client further behind than this is dropped.")
    max_clients: int = Field(default=2000, ge=1)
    tail_fetch_wait_ms: int = Field(default=20, ge=1, description="How long the broker may hold an empty fetch.")
    sink_fetch_wait_ms: int = Field(default=200, ge=1)
    sink_batch_rows: int = Field(default=500, ge=1)
    sink_batch_seconds: float = Field(default=0.2, gt=0)

    def origins(self) -> frozenset[str]:
        """The allowed origins, as browsers spell them."""
        return frozenset(origin.strip().rstrip("/") for origin in self.allowed_origins.split(",") if origin.strip())
