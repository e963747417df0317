"""The ingest of one ticker: fetch, validate, store in Postgres, snapshot on S3, publish to ClickHouse."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from clickhouse_connect.driver.exceptions import ClickHouseError
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from backend.errors import ConflictError, UpstreamError
from backend.src.data import calendars
from backend.src.data.advisory_lock import advisory_lock
from backend.src.data.bar_frame import checksum
from backend.src.data.ingest_run_store import FAILED, SUCCEEDED, IngestRunStore
from backend.src.data.instrument_store import SAMPLE, InstrumentStore
from backend.src.data.price_store import PriceStore
from backend.src.data.quarantine_store import QuarantineStore, RefusedBar
from backend.src.data.snapshot_store import SnapshotStore
from backend.src.ingestion import quality, series
from backend.src.ingestion.errors import GarbageAnswerError, SourceUnreachableError
from backend.src.ingestion.publisher import BarPublisher, Series
from backend.src.ingestion.run import Batch, IngestReport, Plan
from backend.src.ingestion.sessions import read_sessions
from backend.src.ingestion.sources.base import Fetched, PriceSource
from backend.src.ingestion.sources.catalogue import Sources, name_of_source, source_named
from backend.src.ingestion.sources.sample import TICKERS as SAMPLE_TICKERS
from backend.src.jobs.reporter import Reporter

_LOCK_WAIT_SECONDS = 120.0
_BAD_PRINT = "bad print: far from the bars before and after it"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stores:
    """Where an ingest reads and writes."""

    raw_engine: Engine
    """Holds the lock that keeps two ingests of one ticker apart."""
    prices: PriceStore
    instruments: InstrumentStore
    runs: IngestRunStore
    quarantine: QuarantineStore
    snapshots: SnapshotStore
    publisher: BarPublisher


class IngestService:
    """Ingests tickers, one run at a time for each."""

    def __init__(
        self,
        *,
        sources: Sources,
        default_source: str,
        stores: Stores,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sources = sources
        self._default_source = default_source
        self._stores = stores
        self._now = now

    def ingest(self, ticker: str, source: str | None, reporter: Reporter) -> IngestReport:
        """Bring all stores to what the source says now. Doing it twice changes nothing.

        Args:
            ticker: The symbol.
            source: Whose bars; None means the default source, and the sample when that can't be reached, nothing
                real is held and the sample has the ticker.
            reporter: Told of progress.

        Raises:
            SourceError: The source did not deliver.
            DataQualityError: Too much of what it delivered is bad.
            UpstreamError: A store did not answer. The next run completes what this one began.
            ConflictError: Another run of the ticker would not end.
        """
        with self._alone(ticker) as still_alone:
            batch = self.fetch(ticker, source, reporter)
            plan = self.validate(batch, reporter)
            with self._recorded(batch.run_id):
                still_alone()
                return self._store(plan, reporter)

    def fetch(self, ticker: str, source: str | None, reporter: Reporter) -> Batch:
        """Ask the source, for new bars only where it can tell them apart."""
        name = name_of_source(ticker, source, self._default_source)
        chosen = source_named(name, self._sources)
        calendars.exchange_for(ticker)
        with _store("Postgres"):
            run_id = self._stores.runs.begin(ticker, name)
        with self._recorded(run_id):
            reporter.progress(0.05, f"fetch from {name}")
            try:
                batch = self._fetch(run_id, ticker, chosen, reporter)
            except (SourceUnreachableError, GarbageAnswerError) as error:
                if source is not None or not self._may_fall_back(ticker, name):
                    raise
                batch = self._fall_back(run_id, ticker, error.detail, reporter)
            self._stores.runs.note(run_id, fetched=len(batch.fetched.frame))
            return batch

    def validate(self, batch: Batch, reporter: Reporter) -> Plan:
        """Sort bad bars out and say what the series is to become."""
        with self._recorded(batch.run_id):
            reporter.progress(0.4, "validate")
            plan = self._validate(batch)
            for warning in (*plan.warnings, *([f"{len(plan.gaps)} sessions have no bar"] if plan.gaps else [])):
                reporter.log(f"{batch.ticker}: {warning}")
            return plan

    def load(self, plan: Plan, reporter: Reporter) -> IngestReport:
        """Store a plan that was made without the lock.

        Raises:
            ConflictError: Another run changed the series since.
        """
        batch = plan.batch
        with self._recorded(batch.run_id), self._alone(batch.ticker):
            if checksum(self._stores.prices.read(batch.ticker, batch.source)) != checksum(batch.stored):
                raise ConflictError(f"Another run changed {batch.ticker} since this one fetched: run it again.")
            return self._store(plan, reporter)

    def _fetch(self, run_id: UUID, ticker: str, source: PriceSource, reporter: Reporter) -> Batch:
        with _store("Postgres"):
            stored = self._stores.prices.read(ticker, source.name)
        if source.incremental and not stored.empty:
            fetched = self._complete(source.fetch(ticker, series.overlap_start(stored)))
            if series.continues(stored, fetched.frame, source.noise):
                return Batch(run_id, ticker, source.name, source.noise, fetched, False, stored)
            reporter.log(f"{ticker}: a split, a dividend or a correction moved the past; fetching the whole history")
        fetched = self._complete(source.fetch(ticker))
        return Batch(run_id, ticker, source.name, source.noise, fetched, True, stored)

    def _complete(self, fetched: Fetched) -> Fetched:
        """Without the bar of the session that is still open, and without those that no calendar knows."""
        mic = fetched.facts.exchange
        open_session = calendars.next_session(mic, calendars.latest_closed_session(mic, self._now()))
        days = read_sessions(fetched.frame["session"]).dt.date
        keep = days.isna() | ((days != open_session) & (days >= calendars.calendar_start(mic)))
        return replace(fetched, frame=fetched.frame[keep].reset_index(drop=True))

    def _may_fall_back(self, ticker: str, name: str) -> bool:
        held = self._stores.instruments.find(ticker)
        return name != SAMPLE and ticker in SAMPLE_TICKERS and (held is None or held.source == SAMPLE)

    def _fall_back(self, run_id: UUID, ticker: str, reason: str, reporter: Reporter) -> Batch:
        reporter.log(f"{ticker}: {reason} The sample market answers instead.")
        self._stores.runs.note(run_id, source=SAMPLE, fallback_reason=reason)
        batch = self._fetch(run_id, ticker, source_named(SAMPLE, self._sources), reporter)
        return replace(batch, fallback_reason=reason)

    def _validate(self, batch: Batch) -> Plan:
        mic = batch.fetched.facts.exchange
        rows = quality.check_rows(batch.fetched.frame, mic, calendars.latest_closed_session(mic, self._now()))
        self._quarantine(batch, rows.refused)
        quality.require_mostly_good(rows.refused, len(rows.bars))
        fetched = series.settle(batch.stored, rows.bars, batch.noise)
        bars = fetched if batch.whole else series.overlay(batch.stored, fetched)
        findings = quality.check_series(bars, mic)
        bad_prints = quality.refuse(bars, findings.bad_prints, _BAD_PRINT)
        self._quarantine(batch, bad_prints)
        quality.require_mostly_good(bad_prints, len(bars) - len(bad_prints))
        bars = series.without(bars, findings.bad_prints)
        gone = series.withdrawn(batch.stored, bars)
        return Plan(batch, bars, gone, len(rows.refused) + len(bad_prints), findings.gaps, findings.jumps)

    def _quarantine(self, batch: Batch, refused: tuple[RefusedBar, ...]) -> None:
        with _store("Postgres"):
            self._stores.quarantine.add(batch.ticker, batch.source, refused, batch.run_id)

    def _store(self, plan: Plan, reporter: Reporter) -> IngestReport:
        batch, stores = plan.batch, self._stores
        ticker, source, facts = batch.ticker, batch.source, batch.fetched.facts
        reporter.progress(0.5, "store in Postgres")
        with _store("Postgres"):
            written = stores.prices.write(ticker, source, plan.bars, batch.run_id, plan.withdrawn)
            bars = stores.prices.read(ticker, source)
        reporter.progress(0.65, "snapshot")
        with _store("S3 or Postgres"):
            snapshot = stores.snapshots.put(bars, ticker, facts.exchange, source)
        reporter.progress(0.8, "publish to ClickHouse")
        with _store("ClickHouse"):
            published = stores.publisher.publish(
                Series(ticker, source, facts, bars, snapshot.sha256), token=f"{batch.run_id}"
            )
        with _store("Postgres"):
            stores.instruments.record(ticker, source, facts)
            stores.runs.finish(
                batch.run_id,
                SUCCEEDED,
                inserted=written.inserted,
                corrected=written.corrected + written.withdrawn,
                quarantined=plan.quarantined,
                snapshot=snapshot.sha256,
                error=None,
            )
        reporter.progress(1.0, "done")
        return IngestReport.of(plan, written, published, snapshot, len(bars))

    @contextmanager
    def _alone(self, ticker: str) -> Iterator[Callable[[], None]]:
        with (
            _store("Postgres"),
            advisory_lock(self._stores.raw_engine, f"ingest of {ticker}", _LOCK_WAIT_SECONDS) as held,
        ):
            yield held.check

    @contextmanager
    def _recorded(self, run_id: UUID) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            try:
                self._stores.runs.finish(run_id, FAILED, error=str(error)[:2000])
            except SQLAlchemyError:
                # The row stays `running`; the next run of the ticker closes it as interrupted.
                log.exception("ingest_failure_not_recorded", run_id=str(run_id))
            raise


@contextmanager
def _store(name: str) -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, BotoCoreError, ClientError, ClickHouseError) as error:
        raise UpstreamError(f"{name} did not do its part ({str(error)[:300]}): the next run completes it.") from error
