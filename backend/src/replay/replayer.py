"""Carries out replays: from a snapshot to marked rows beside those that were served."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any
from uuid import UUID, uuid5

import pandas as pd

from backend.errors import InvalidRequestError
from backend.src.data.calendars import closing_time
from backend.src.data.instrument_store import InstrumentStore
from backend.src.data.orm import Snapshot
from backend.src.data.prediction_store import PredictionStore
from backend.src.data.snapshot_store import SnapshotStore
from backend.src.inference.forecast import Forecast
from backend.src.inference.outlook import Outlook
from backend.src.jobs.reporter import Reporter
from backend.src.replay.history import Period, Series, outlooks, periods, positions
from backend.src.replay.request import ReplayRequest
from backend.src.training.panel import Panel

_BATCH = 1000
"""Rows written at once. They lie in as many partitions as they span months, and ClickHouse takes 100 at most."""

_NAMESPACE = UUID("6f1d1c2e-6d0b-5f0e-9d3b-0d9f6f6c7a51")


@dataclass(frozen=True, slots=True)
class Origin:
    """Who makes the rows."""

    job_id: UUID
    served_by: str
    request_id: str


class Replayer:
    """Makes the forecasts of a past range and stores them, each under the id that it will have every time."""

    def __init__(self, snapshots: SnapshotStore, instruments: InstrumentStore, predictions: PredictionStore) -> None:
        self._snapshots = snapshots
        self._instruments = instruments
        self._predictions = predictions

    def replay(self, request: ReplayRequest, origin: Origin, reporter: Reporter) -> dict[str, Any]:
        """Replay one range of one ticker.

        Raises:
            InvalidRequestError: no data for the ticker, or no session that could have been forecast.
            JobCancelledError, LeaseLostError: the job must not go on; what was stored so far stays.
        """
        snapshot = self._snapshots.latest(request.ticker, request.source)
        if snapshot is None:
            raise InvalidRequestError(f"{request.ticker} has no data. POST /api/run-etl ingests it.")
        series = self._series(snapshot)
        first, last = positions(
            series.bars, pd.Timestamp(request.start), None if request.end is None else pd.Timestamp(request.end)
        )
        schedule = periods(first, last, request.retrain_every)
        reporter.log(
            f"{schedule[-1].last - schedule[0].first + 1:,} sessions of {request.ticker} from {snapshot.source}:"
            f" {sum(period.trained is not None for period in schedule)} trainings of {request.model_type}."
        )
        made = self._outlooks(series, schedule, request, self._panel(request, snapshot), reporter)
        written = self._write(made, request, origin)
        sessions = series.bars["session"].dt.date
        return {
            "ticker": request.ticker,
            "source": snapshot.source,
            "snapshot": snapshot.sha256,
            "model_type": request.model_type,
            "variant": request.variant,
            "first_session": str(sessions.iloc[schedule[0].first]),
            "last_session": str(sessions.iloc[last]),
            "sessions": last - schedule[0].first + 1,
            "trainings": sum(period.trained is not None for period in schedule),
            "forecasts": written,
        }

    def _series(self, snapshot: Snapshot) -> Series:
        instrument = self._instruments.get(snapshot.ticker)
        bars = self._snapshots.load(snapshot.sha256)
        bars = bars.assign(exchange=snapshot.exchange, currency=instrument.currency)
        return Series(snapshot.ticker, snapshot.source, snapshot.sha256, bars)

    def _panel(self, request: ReplayRequest, snapshot: Snapshot) -> Panel | None:
        limit = request.training().model_params().peer_limit
        if not limit:
            return None
        peers = {peer.ticker: peer.sha256 for peer in self._snapshots.peers(snapshot, limit)}
        return Panel(request.ticker, peers, self._snapshots.load)

    @staticmethod
    def _outlooks(
        series: Series, schedule: list[Period], request: ReplayRequest, panel: Panel | None, reporter: Reporter
    ) -> Iterator[Outlook]:
        """Every session's forecasts; each period asks first whether the job may go on."""
        for number, period in enumerate(schedule):
            day = series.bars["session"].iloc[period.first].date()
            reporter.progress(number / len(schedule), f"from {day}, {number + 1} of {len(schedule)}")
            yield from outlooks(series, period, request.training(), panel)

    def _write(self, made: Iterator[Outlook], request: ReplayRequest, origin: Origin) -> int:
        """Store the forecasts, and say how many."""
        written = 0
        rows = chain.from_iterable(forecast_rows(outlook, request, origin) for outlook in made)
        while batch := list(islice(rows, _BATCH)):
            self._predictions.insert_replayed(batch)
            written += len(batch)
        return written


def forecast_rows(outlook: Outlook, request: ReplayRequest, origin: Origin) -> list[dict[str, Any]]:
    """One session's forecasts at the wanted horizons, as rows of `predictions`."""
    at = closing_time(outlook[0].exchange, outlook[0].last_session)
    return [_row(forecast, at, request, origin) for forecast in outlook if forecast.horizon in request.horizons]


def _row(forecast: Forecast, at: datetime, request: ReplayRequest, origin: Origin) -> dict[str, Any]:
    name = f"{forecast.ticker}:{forecast.source}:{request.variant}:{forecast.last_session}:{forecast.horizon}"
    plain = {
        field: getattr(forecast, field)
        for field in (
            "ticker", "exchange", "source", "last_session", "target_session", "horizon", "last_close",
            "predicted_close", "naive_close", "model_type", "degraded", "degraded_reason", "serves",
        )
    }  # fmt: skip
    bounds = {f"{side}_{band.coverage}": getattr(band, side) for band in forecast.bands for side in ("lower", "upper")}
    return {
        **plain,
        **bounds,
        "prediction_id": uuid5(_NAMESPACE, name),
        "made_at": at,
        "model_id": None,
        "model_version": None,
        "served_by": origin.served_by,
        "request_id": origin.request_id,
        "task_id": origin.job_id,
        "replayed": True,
        "shadow": False,
        "variant": request.variant,
    }
