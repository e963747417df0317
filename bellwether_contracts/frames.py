"""WebSocket frames between ws_monitor and the page."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bellwether_contracts.events import AlertV1, MetricsSampledV1, PredictionMadeV1
from bellwether_contracts.market import Ticker

Channel = Literal["predictions", "metrics", "alerts"]


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True)


class EventFrame(_Frame):
    """One event. `id` is what a client sends back as `last_event_id` to resume after it."""

    type: Literal["event"] = "event"
    channel: Channel
    id: str
    backlog: bool = Field(default=False, description="True while the past is sent, before live begins.")
    event: PredictionMadeV1 | MetricsSampledV1 | AlertV1 = Field(discriminator="type")


class HelloFrame(_Frame):
    """The first frame: what the server will send, and how often it says it is alive."""

    type: Literal["hello"] = "hello"
    channels: list[Channel]
    heartbeat_seconds: float


class GapFrame(_Frame):
    """Events between the client's last and the oldest still held can't be sent; reload them by the API."""

    type: Literal["gap"] = "gap"
    channel: Channel
    after: str


class LaggedFrame(_Frame):
    """The client read too slowly: this many frames were dropped. The close code 1013 follows."""

    type: Literal["lagged"] = "lagged"
    missed: int


class HeartbeatFrame(_Frame):
    """Nothing new, still here."""

    type: Literal["heartbeat"] = "heartbeat"
    at: str


class ErrorFrame(_Frame):
    """The client's frame could not be used: what was wrong and what is allowed."""

    type: Literal["error"] = "error"
    detail: str


ServerFrame = Annotated[
    EventFrame | HelloFrame | GapFrame | LaggedFrame | HeartbeatFrame | ErrorFrame, Field(discriminator="type")
]


class SubscribeFrame(_Frame):
    """Sent by the client on `/ws`: which channels and tickers, and after which event of each channel to resume."""

    type: Literal["subscribe"] = "subscribe"
    channels: list[Channel] = Field(min_length=1, max_length=3)
    tickers: list[Ticker] = Field(default_factory=list, max_length=200, description="None means all.")
    last_event_ids: dict[Channel, str] = Field(default_factory=dict)


class PingFrame(_Frame):
    """Sent by the client to measure the way; answered by a heartbeat."""

    type: Literal["ping"] = "ping"


ClientFrame = Annotated[SubscribeFrame | PingFrame, Field(discriminator="type")]
