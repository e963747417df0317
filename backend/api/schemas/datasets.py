"""Market data: what is held, how fresh and how good it is."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from backend.api.schemas.common import Schema, TickerField
from backend.api.schemas.jobs import JobAccepted


class Dataset(Schema):
    """One ticker's series."""

    ticker: str
    name: str
    name_zh: str | None
    exchange: str
    currency: str
    source: str
    sample: bool = Field(description="True: historical sample data, not the market of today.")
    start_date: date
    end_date: date = Field(description="Session of the newest bar.")
    count: int
    missing_sessions: int = Field(description="Sessions of the exchange without a bar, within the range.")
    sessions_behind: int = Field(
        description="Closed sessions since the newest bar; 0 for sample data, which ends where it ends."
    )
    quarantined: int
    corrections: int
    snapshot: str = Field(description="SHA-256 of the newest Parquet snapshot.")
    last_ingest_at: datetime | None
    fallback_reason: str | None = Field(description="Why another source than the one asked for was used.")
    champion_model_id: int | None


class EtlBody(Schema):
    """Ingest tickers, one job each."""

    tickers: Annotated[list[TickerField], Field(min_length=1, max_length=50)]
    source: Literal["yahoo", "files", "sample", "simulation"] | None = Field(
        default=None, description="Left out: the configured source, with the sample as its fallback."
    )


class EtlAccepted(Schema):
    """One job a ticker."""

    jobs: list[JobAccepted]


class Bar(Schema):
    """A session's bar, raw, with the adjusted close."""

    session: date
    open: float
    high: float
    low: float
    close: float
    adj_close: float
    volume: int
    dividend: float
    split_ratio: float
    indicators: dict[str, float | None] | None = None


class PriceSeries(Schema):
    """Bars of one ticker, oldest first."""

    ticker: str
    exchange: str
    currency: str
    source: str
    adjusted: bool = Field(description="True: OHLC are on the adjusted basis.")
    bars: list[Bar]


class QuarantinedBar(Schema):
    """A bar that was refused, as it came."""

    id: int
    ticker: str
    source: str
    session: date | None
    reason: str
    row: dict[str, Any]
    ingest_id: UUID
    at: datetime


class QuarantinePage(Schema):
    """Refused bars, newest first."""

    items: list[QuarantinedBar]
    limit: int
    offset: int
    has_more: bool
