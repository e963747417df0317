"""What the watcher is configured by: where the stores are, and when something is a trouble."""

from pydantic import Field
from pydantic_settings import BaseSettings

from bellwether_contracts.settings import ClickHouseSettings, KafkaSettings, PostgresSettings, ServiceSettings


class Thresholds(BaseSettings):
    """When something is a trouble, and when it has ended. `benchmarks/anomalies.py` measures what they cost."""

    watch_move_z: float = Field(
        default=3, gt=0, description="A forecast is odd beyond so many robust deviations of the ticker's returns."
    )
    watch_history_sessions: int = Field(default=60, ge=20, le=500, description="Sessions that are recent.")
    watch_history_least: int = Field(default=20, ge=5, le=500, description="Fewer sessions than this tell nothing.")
    watch_band_factor: float = Field(
        default=2.5, gt=1, description="A band is odd when so many times wider or narrower than lately."
    )
    watch_band_z: float = Field(default=6, gt=0, description="And beyond so many robust deviations of its log width.")
    watch_frozen_sessions: int = Field(
        default=3, ge=2, description="A price is frozen after so many sessions without any change."
    )
    watch_degraded_answers: int = Field(
        default=3, ge=1, description="Degraded answers in a row where a model has answered before."
    )
    watch_clear_forecasts: int = Field(default=3, ge=1, description="Good forecasts in a row that end a trouble.")
    watch_requests_least: int = Field(default=20, ge=1, description="Fewer requests than this tell nothing.")
    watch_error_share: float = Field(default=0.05, gt=0, lt=1, description="Fewer errors than this are no trouble.")
    watch_latency_factor: float = Field(
        default=3, gt=1, description="A backend is slow when its p95 is so many times its level of lately."
    )
    watch_latency_seconds: float = Field(
        default=0.02, gt=0, description="And when it is above this: nobody feels less."
    )
    watch_clear_samples: int = Field(default=6, ge=1, description="Good samples in a row that end a trouble.")
    watch_missed_scrapes: int = Field(default=3, ge=1, description="Failed scrapes in a row: the service is away.")
    watch_starting_scrapes: int = Field(
        default=12, ge=0, description="Failed scrapes that a service that has never answered may take to start."
    )
    watch_silence_seconds: float = Field(
        default=17.5, gt=0, description="A service without a sample for this long is missing: three and a half scrapes."
    )
    watch_forget_seconds: float = Field(
        default=86_400, gt=0, description="A service without a sample for this long is no longer expected."
    )


class WatcherSettings(ServiceSettings, PostgresSettings, KafkaSettings, ClickHouseSettings, Thresholds):
    """The process's settings."""

    service_name: str = "watcher"
    watcher_host: str = "127.0.0.1"
    watcher_port: int = Field(default=8014, ge=0, le=65535)
    watch_news_seconds: float = Field(
        default=3600, gt=0, description="What happened longer ago is learned from and raises no alert."
    )
