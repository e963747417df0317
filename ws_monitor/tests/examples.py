"""Events for the tests, each with an id of its own."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from bellwether_contracts.events import AlertV1, Band, MetricsSampledV1, PredictionMadeV1, QuantileSample


def new_ticker() -> str:
    """One that no other test uses."""
    return f"T{uuid4().hex[:10].upper()}"


def prediction(ticker: str = "AAPL", event_id: UUID | None = None, **changes: object) -> PredictionMadeV1:
    fields: dict[str, object] = {
        "event_id": event_id or uuid4(),
        "at": datetime.now(UTC),
        "ticker": ticker,
        "exchange": "XNAS",
        "source": "sample",
        "last_session": date(2013, 2, 28),
        "target_session": date(2013, 3, 1),
        "horizon": 1,
        "last_close": 441.4,
        "predicted_close": 442.5,
        "naive_close": 441.4,
        "bands": [Band(coverage=level, lower=441.4 - level / 10, upper=441.4 + level / 10) for level in (50, 80, 95)],
        "model_id": 7,
        "model_version": 3,
        "model_type": "ridge",
        "served_by": "backend1",
        "request_id": "r-1",
    }
    return PredictionMadeV1.model_validate(fields | changes)


def alert(subject: str = "AAPL", **changes: object) -> AlertV1:
    now = datetime.now(UTC)
    fields: dict[str, object] = {
        "event_id": uuid4(),
        "at": now,
        "alert_key": f"band_width:{subject}",
        "kind": "band_width",
        "subject": subject,
        "severity": "warning",
        "state": "firing",
        "summary": "the band doubled",
        "evidence": {"z": 4.5, "sessions": 20, "model": None},
        "first_seen": now,
        "last_seen": now,
    }
    return AlertV1.model_validate(fields | changes)


def sample(service: str = "backend1") -> MetricsSampledV1:
    return MetricsSampledV1(
        event_id=uuid4(),
        at=datetime.now(UTC),
        service=service,
        up=True,
        interval_seconds=5,
        rates={"requests": 2.5},
        quantiles={"request_duration": QuantileSample(p50=0.01, p95=0.02, p99=None)},
        gauges={"clients": 3},
    )
