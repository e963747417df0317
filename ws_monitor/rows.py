"""Events as rows of the ClickHouse tables, by the contracts' columns."""

from collections.abc import Iterable
from datetime import date

import orjson

from bellwether_contracts import events, tables
from bellwether_contracts.events import AlertV1, AnyEvent, MetricsSampledV1, PredictionMadeV1
from bellwether_contracts.market import COVERAGE_LEVELS

Row = tuple[object, ...]

HELD_YEARS = range(1901, 2299)
"""Date32 and DateTime64 hold 1900 through 2299; a year less at each end, whatever a time's zone."""

COLUMNS = {
    tables.PREDICTIONS: tables.PREDICTION_COLUMNS,
    tables.ALERTS: tables.ALERT_COLUMNS,
    tables.METRICS: tables.METRIC_COLUMNS,
}


def of(event: AnyEvent) -> tuple[str, list[Row]]:
    """The table that an event belongs to, and its rows there.

    Raises:
        ValueError: the event lacks what the table needs, or has a time that it can't hold.
    """
    table, made = _rows(event)
    for row in made:
        _require_held(table, row)
    return table, made


def _rows(event: AnyEvent) -> tuple[str, list[Row]]:
    match event:
        case PredictionMadeV1():
            return tables.PREDICTIONS, [_prediction(event)]
        case AlertV1():
            return tables.ALERTS, [_alert(event)]
        case MetricsSampledV1():
            return tables.METRICS, list(_metrics(event))


def _require_held(table: str, row: Row) -> None:
    """ClickHouse stores another date without a word when one is outside what its type can hold."""
    for column, value in zip(COLUMNS[table], row, strict=True):
        if isinstance(value, date) and value.year not in HELD_YEARS:
            held = f"{HELD_YEARS.start} through {HELD_YEARS.stop - 1}"
            raise ValueError(f"{column} {value.isoformat()} is outside the years {held}")


def _prediction(event: PredictionMadeV1) -> Row:
    fields = event.model_dump(exclude={"bands", "type", "event_id", "at"}) | _bounds(event.bands)
    fields |= {"prediction_id": event.event_id, "made_at": event.at}
    return tuple(fields[column] for column in tables.PREDICTION_COLUMNS)


def _bounds(bands: list[events.Band]) -> dict[str, float]:
    by_coverage = {band.coverage: band for band in bands}
    missing = [level for level in COVERAGE_LEVELS if level not in by_coverage]
    if missing:
        raise ValueError(f"bands of coverage {missing} are missing; {list(COVERAGE_LEVELS)} are needed")
    return {
        f"{side}_{level}": getattr(by_coverage[level], side) for level in COVERAGE_LEVELS for side in ("lower", "upper")
    }


def _alert(event: AlertV1) -> Row:
    fields = event.model_dump() | {"evidence": orjson.dumps(event.evidence).decode()}
    return tuple(fields[column] for column in tables.ALERT_COLUMNS)


def _metrics(event: MetricsSampledV1) -> Iterable[Row]:
    numbers = {**event.rates, **event.gauges}
    for name, sample in event.quantiles.items():
        numbers |= {f"{name}:{q}": value for q, value in sample.model_dump().items() if value is not None}
    for name, value in {"up": float(event.up), **numbers}.items():
        yield event.event_id, event.at, event.service, event.up, name, value
