"""Which symbols are held, and what is known of each series."""

from datetime import UTC, datetime
from typing import Any

from backend.api.schemas.datasets import Dataset
from backend.monitor.freshness import freshness
from backend.src.data.bar_store import Coverage
from backend.src.data.calendars import sessions_between
from backend.src.data.ingest_run_store import IngestRunStore
from backend.src.data.instrument_store import SAMPLE
from backend.src.data.orm import Instrument
from backend.src.runtime import Runtime


def datasets(runtime: Runtime) -> list[Dataset]:
    """Every held symbol that has bars, with range, freshness and quality."""
    coverage = {(each.ticker, each.source): each for each in runtime.bars.coverage()}
    quarantined = runtime.quarantine.counts()
    corrections = runtime.prices.correction_counts()
    champions = runtime.deployments.champions()
    rows = []
    for instrument in runtime.instruments.all():
        key = (instrument.ticker, instrument.source)
        snapshot = runtime.snapshots.latest(*key)
        if key in coverage and snapshot is not None:
            rows.append(
                Dataset.model_validate(
                    {
                        **_series(instrument, coverage[key]),
                        **_last_run(runtime.ingest_runs, instrument.ticker),
                        "snapshot": snapshot.sha256,
                        "quarantined": quarantined.get(key, 0),
                        "corrections": corrections.get(key, 0),
                        "champion_model_id": champions.get(instrument.ticker),
                    }
                )
            )
    return rows


def _series(instrument: Instrument, covered: Coverage) -> dict[str, Any]:
    expected = len(sessions_between(instrument.exchange, covered.first_session, covered.last_session))
    fresh = freshness(instrument.ticker, instrument.exchange, instrument.source, covered, datetime.now(UTC))
    return {
        **{name: getattr(instrument, name) for name in ("ticker", "name", "name_zh", "exchange", "currency", "source")},
        "sample": instrument.source == SAMPLE,
        "start_date": covered.first_session,
        "end_date": covered.last_session,
        "count": covered.rows,
        "missing_sessions": expected - covered.rows,
        "sessions_behind": fresh.missing,
    }


def _last_run(runs: IngestRunStore, ticker: str) -> dict[str, Any]:
    run = runs.latest(ticker)
    return {
        "last_ingest_at": run.finished_at if run else None,
        "fallback_reason": run.fallback_reason if run else None,
    }
