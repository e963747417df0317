"""Versioned Kafka messages. A change of meaning is a new class; a new optional field is not."""

from abc import ABC, abstractmethod
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bellwether_contracts.market import Mic, Ticker


class Event(BaseModel, ABC):
    """What every message carries: an id that sinks drop repeats by, and when it happened."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")

    event_id: UUID
    at: datetime = Field(description="When it happened, UTC.")

    @property
    @abstractmethod
    def key(self) -> str:
        """The Kafka key: events of one key keep their order."""

    def to_kafka(self) -> bytes:
        """The message's value."""
        return self.model_dump_json().encode()


class Band(BaseModel):
    """A prediction interval for a close, in the price's own currency."""

    model_config = ConfigDict(frozen=True)

    coverage: int = Field(description="Nominal coverage in percent.")
    lower: float
    upper: float


class PredictionMadeV1(Event):
    """A forecast was answered; `event_id` is the prediction's id."""

    type: Literal["prediction_made.v1"] = "prediction_made.v1"
    ticker: Ticker
    exchange: Mic
    source: str = Field(description="Where the prices came from: yahoo, files or sample.")
    last_session: date
    target_session: date
    horizon: int = Field(ge=1, description="Sessions from the last bar to the target.")
    last_close: float
    predicted_close: float
    naive_close: float
    bands: list[Band]
    model_id: int | None
    model_version: int | None
    model_type: str
    degraded: bool = False
    degraded_reason: str | None = None
    served_by: str
    request_id: str
    task_id: UUID | None = Field(default=None, description="The job that made it, for multi-session forecasts.")
    shadow: bool = Field(default=False, description="What a challenger would have answered; nobody was served it.")
    serves: Literal["model", "naive"] | None = Field(
        default=None, description="Whether the model spoke for itself or said no change; null where that was not kept."
    )

    @property
    def key(self) -> str:
        """Forecasts of one ticker keep their order."""
        return self.ticker


class QuantileSample(BaseModel):
    """Quantiles of one histogram over the last interval, in seconds."""

    model_config = ConfigDict(frozen=True)

    p50: float | None
    p95: float | None
    p99: float | None


class MetricsSampledV1(Event):
    """What one service did over the last scrape interval: rates and quantiles, never running totals."""

    type: Literal["metrics_sampled.v1"] = "metrics_sampled.v1"
    service: str
    up: bool
    error: str | None = Field(default=None, description="Why it could not be scraped.")
    interval_seconds: float
    rates: dict[str, float] = Field(default_factory=dict, description="Per second, by metric name.")
    quantiles: dict[str, QuantileSample] = Field(default_factory=dict)
    gauges: dict[str, float] = Field(default_factory=dict)

    @property
    def key(self) -> str:
        """Samples of one service keep their order."""
        return self.service


class AlertV1(Event):
    """A trouble began, went on or ended; the same trouble keeps its `alert_key`."""

    type: Literal["alert.v1"] = "alert.v1"
    alert_id: int | None = Field(default=None, description="Its number in the alert book.")
    alert_key: str = Field(description="Names the trouble: kind and subject.")
    kind: str
    subject: str = Field(description="The ticker or service that it is about.")
    severity: Literal["info", "warning", "critical"]
    state: Literal["firing", "resolved"]
    summary: str
    evidence: dict[str, str | float | int | bool | None] = Field(default_factory=dict)
    first_seen: datetime
    last_seen: datetime
    count: int = 1
    acknowledged_by: str | None = None
    muted_until: datetime | None = None

    @property
    def key(self) -> str:
        """Changes of one trouble keep their order."""
        return self.alert_key


AnyEvent = Annotated[PredictionMadeV1 | MetricsSampledV1 | AlertV1, Field(discriminator="type")]

_any_event: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


def from_kafka(value: bytes) -> AnyEvent:
    """Read a message of any kind.

    Raises:
        pydantic.ValidationError: it is not JSON, of no known type, or breaks its model.
    """
    return _any_event.validate_json(value)
