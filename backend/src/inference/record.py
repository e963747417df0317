"""A forecast as the event that is kept of it, and as the answer to who asked."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.src.inference.forecast import Forecast, RealisedCoverage
from bellwether_contracts.events import Band, PredictionMadeV1


def prediction_event(
    forecast: Forecast, *, event_id: UUID, at: datetime, served_by: str, request_id: str, task_id: UUID | None = None
) -> PredictionMadeV1:
    """The event that says a forecast was answered."""
    return PredictionMadeV1(
        event_id=event_id,
        at=at,
        ticker=forecast.ticker,
        exchange=forecast.exchange,
        source=forecast.source,
        last_session=forecast.last_session,
        target_session=forecast.target_session,
        horizon=forecast.horizon,
        last_close=forecast.last_close,
        predicted_close=forecast.predicted_close,
        naive_close=forecast.naive_close,
        bands=list(forecast.bands),
        model_id=forecast.model_id,
        model_version=forecast.model_version,
        model_type=forecast.model_type,
        degraded=forecast.degraded,
        degraded_reason=forecast.degraded_reason,
        served_by=served_by,
        request_id=request_id,
        task_id=task_id,
        serves=forecast.serves,
    )


def prediction_answer(forecast: Forecast, event: PredictionMadeV1) -> dict[str, Any]:
    """The answer that the API gives: a plain dict, because a validated model would cost more than the forecast."""
    return {
        "prediction_id": event.event_id,
        "made_at": event.at,
        "ticker": forecast.ticker,
        "exchange": forecast.exchange,
        "currency": forecast.currency,
        "source": forecast.source,
        "last_session": forecast.last_session,
        "last_close": forecast.last_close,
        "target_date": forecast.target_session,
        "horizon": forecast.horizon,
        "predicted_close": forecast.predicted_close,
        "naive_close": forecast.naive_close,
        "bands": [_band(band, realised) for band, realised in zip(forecast.bands, forecast.realised, strict=True)],
        "model_id": forecast.model_id,
        "model_version": forecast.model_version,
        "model_type": forecast.model_type,
        "skill": None if forecast.skill is None else asdict(forecast.skill),
        "serves": forecast.serves,
        "serves_reason": forecast.serves_reason,
        "degraded": forecast.degraded,
        "degraded_reason": forecast.degraded_reason,
        "served_by": event.served_by,
        "request_id": event.request_id,
        "task_id": event.task_id,
    }


def _band(band: Band, realised: RealisedCoverage) -> dict[str, Any]:
    return {
        "coverage": band.coverage,
        "lower": band.lower,
        "upper": band.upper,
        "realised": realised.share,
        "realised_sessions": realised.sessions,
    }
