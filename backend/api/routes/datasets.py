"""Market data: what is held and how good it is, bars for the chart, ingests."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from backend.api.deps import IdempotencyKeyDep, RequestIdDep, RuntimeDep
from backend.api.holdings import datasets
from backend.api.problems import documented
from backend.api.schemas.common import Limit, Offset, TickerPath, TickerQuery
from backend.api.schemas.datasets import (
    Dataset,
    EtlAccepted,
    EtlBody,
    PriceSeries,
    QuarantinedBar,
    QuarantinePage,
)
from backend.api.series import adjust, price_series, within
from backend.api.submit import submit
from backend.errors import InvalidRequestError

router = APIRouter(tags=["data"])


@router.get("/api/datasets")
def list_datasets(runtime: RuntimeDep) -> list[Dataset]:
    """Symbols held: range, rows, freshness and quality."""
    return datasets(runtime)


@router.get("/api/prices/{ticker}", responses=documented(404, 422))
def get_prices(
    runtime: RuntimeDep,
    ticker: TickerPath,
    start: Annotated[date | None, Query(description="First session.")] = None,
    end: Annotated[date | None, Query(description="Last session.")] = None,
    indicators: Annotated[bool, Query(description="With the indicators.")] = False,
    adjusted: Annotated[bool, Query(description="OHLC on the adjusted basis, at the scale of the newest bar.")] = False,
) -> PriceSeries:
    """Bars of one ticker, oldest first."""
    if start is not None and end is not None and start > end:
        raise InvalidRequestError(f"start ({start}) must not be after end ({end}).")
    instrument = runtime.instruments.get(ticker)
    if adjusted:  # the scale is the newest bar's, whatever range is asked for
        bars = within(adjust(runtime.bars.read(instrument.ticker, instrument.source)), start, end)
    else:
        bars = runtime.bars.read(instrument.ticker, instrument.source, start, end)
    return price_series(instrument, bars, indicators=indicators, adjusted=adjusted)


@router.post("/api/run-etl", status_code=202, responses=documented(409, 422))
def run_etl(
    runtime: RuntimeDep, body: EtlBody, request_id: RequestIdDep, idempotency_key: IdempotencyKeyDep = None
) -> EtlAccepted:
    """Ingest tickers, one job each. The same ticker while its ingest runs gives the same job."""
    tickers = list(dict.fromkeys(body.tickers))
    return EtlAccepted(
        jobs=[
            submit(
                runtime,
                "ingest",
                ticker,
                {"ticker": ticker, "source": body.source},
                request_id=request_id,
                idempotency_key=None if idempotency_key is None else f"{idempotency_key}:{ticker}"[:128],
            )
            for ticker in tickers
        ]
    )


@router.get("/api/quarantine")
def list_quarantine(
    runtime: RuntimeDep, ticker: TickerQuery = None, limit: Limit = 50, offset: Offset = 0
) -> QuarantinePage:
    """Bars that were refused, as they came, with the reason."""
    rows, total = runtime.quarantine.page(ticker, limit, offset)
    items = [QuarantinedBar.model_validate(row) for row in rows]
    return QuarantinePage(items=items, limit=limit, offset=offset, has_more=offset + len(rows) < total)
