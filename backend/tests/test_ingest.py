"""The ingest against the running stores: repeats, corrections, crashes between the stores, changes of basis."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests
from sqlalchemy import text

from backend.errors import ConflictError, DataQualityError, UpstreamError
from backend.monitor.reconcile import Reconciler
from backend.settings import Settings
from backend.src.data.bar_frame import checksum
from backend.src.data.instrument_store import InstrumentFacts
from backend.src.ingestion.errors import GarbageAnswerError, SourceUnreachableError
from backend.src.ingestion.run import IngestReport
from backend.src.ingestion.service import IngestService, Stores
from backend.src.ingestion.sources.base import PriceSource
from backend.src.ingestion.sources.files import FilesSource
from backend.src.ingestion.sources.sample import SampleSource
from backend.src.ingestion.sources.yahoo import YahooSource
from backend.src.runtime import Runtime
from backend.tests.yahoo_replay import yahoo

pytestmark = pytest.mark.stack

OK = 200


class Notes:
    """A reporter that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.stages: list[str] = []

    def progress(self, fraction: float, stage: str) -> None:
        self.stages.append(f"{fraction:.0%} {stage}")

    def log(self, line: str) -> None:
        self.lines.append(line)

    def partial(self, result: dict[str, Any]) -> None:
        raise AssertionError(result)


@pytest.fixture(scope="module")
def stores(runtime: Runtime) -> Stores:
    stores: Stores = runtime.ingest._stores
    return stores


@pytest.fixture
def ticker() -> str:
    """A ticker that no other test has (and no ISIN: those have twelve characters)."""
    return f"T{uuid.uuid4().hex[:10].upper()}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def service(stores: Stores, folder: Path) -> IngestService:
    return of(stores, FilesSource(folder))


@pytest.fixture
def equal_in_all_stores(runtime: Runtime) -> Callable[[str, str], bool]:
    reconciler = Reconciler(runtime.prices, runtime.snapshots, runtime.bars, runtime.instruments)
    return lambda ticker, source: reconciler.check(ticker, source).equal


def of(stores: Stores, *sources: PriceSource, now: datetime | None = None) -> IngestService:
    known = {source.name: (lambda source=source: source) for source in sources}
    clock = (lambda: now) if now else (lambda: datetime.now(UTC))
    return IngestService(sources=known, default_source=sources[0].name, stores=stores, now=clock)


def a_year_of_bars() -> pd.DataFrame:
    bars = SampleSource().fetch("IBM", date(2012, 1, 3), date(2012, 12, 31)).frame
    bars["session"] = bars["session"].dt.strftime("%Y-%m-%d")
    return bars


def cell(frame: pd.DataFrame, row: int, column: str) -> Any:
    """One value of a frame, by its position."""
    return frame[column].tolist()[row]


def ingest(service: IngestService, ticker: str, source: str | None = None) -> IngestReport:
    return service.ingest(ticker, source, Notes())


def test_ingesting_twice_changes_nothing_in_any_store(
    runtime: Runtime, service: IngestService, folder: Path, ticker: str, equal_in_all_stores: Callable[[str, str], bool]
) -> None:
    bars = a_year_of_bars()
    bars.to_csv(folder / f"{ticker}.csv", index=False)
    first = ingest(service, ticker)
    assert (first.inserted, first.published, first.rows) == (250, 250, 250)
    before = runtime.bars.read(ticker, "files")
    newest = runtime.snapshots.get(first.snapshot)
    second = ingest(service, ticker)
    assert (second.inserted, second.corrected, second.withdrawn, second.published) == (0, 0, 0, 0)
    assert (second.unchanged, second.snapshot) == (250, first.snapshot)
    # Not one version, hash or indicator moved.
    pd.testing.assert_frame_equal(runtime.bars.read(ticker, "files"), before, check_exact=True)
    latest = runtime.snapshots.latest(ticker, "files")
    assert latest is not None
    assert (latest.sha256, latest.seq) == (newest.sha256, newest.seq)
    assert equal_in_all_stores(ticker, "files")
    assert checksum(runtime.snapshots.load(first.snapshot)) == checksum(
        bars.assign(session=pd.to_datetime(bars["session"]))
    )


def test_a_corrected_bar_replaces_the_old_one_everywhere_and_is_recorded(
    runtime: Runtime, service: IngestService, folder: Path, ticker: str, equal_in_all_stores: Callable[[str, str], bool]
) -> None:
    bars = a_year_of_bars()
    bars.to_csv(folder / f"{ticker}.csv", index=False)
    first = ingest(service, ticker)
    was = float(cell(bars, 100, "close"))
    bars.loc[100, ["close", "adj_close"]] *= 1.001
    bars.to_csv(folder / f"{ticker}.csv", index=False)
    second = ingest(service, ticker)
    assert (second.inserted, second.corrected, second.unchanged) == (0, 1, 249)
    assert second.snapshot != first.snapshot
    held = runtime.bars.read(ticker, "files")
    assert len(held) == 250
    assert cell(held, 100, "close") == cell(bars, 100, "close")
    # Rows before the correction stay; those whose indicators look back on it are rewritten.
    assert set(held["version"][:100]) == {1}
    assert cell(held, 100, "version") == cell(held, 119, "version") == 2
    (correction,), total = runtime.prices.corrections(ticker)
    assert total == 1
    assert (correction.before["close"], correction.after["close"]) == (was, float(cell(bars, 100, "close")))
    assert equal_in_all_stores(ticker, "files")


def test_a_withdrawn_bar_goes_everywhere_and_is_recorded_and_its_return_restores_the_old_snapshot(
    runtime: Runtime, service: IngestService, folder: Path, ticker: str, equal_in_all_stores: Callable[[str, str], bool]
) -> None:
    bars = a_year_of_bars()
    bars.to_csv(folder / f"{ticker}.csv", index=False)
    first = ingest(service, ticker)
    bars.drop(index=50).to_csv(folder / f"{ticker}.csv", index=False)
    second = ingest(service, ticker)
    assert (second.withdrawn, second.rows) == (1, 249)
    assert second.gaps == (date.fromisoformat(cell(bars, 50, "session")),)
    assert equal_in_all_stores(ticker, "files")
    assert runtime.prices.corrections(ticker)[0][0].after == {"withdrawn": True}
    bars.to_csv(folder / f"{ticker}.csv", index=False)
    third = ingest(service, ticker)
    assert third.snapshot == first.snapshot
    latest = runtime.snapshots.latest(ticker, "files")
    assert latest is not None
    assert latest.sha256 == first.snapshot
    assert equal_in_all_stores(ticker, "files")


def test_an_answer_that_lacks_half_the_history_changes_nothing(
    runtime: Runtime, service: IngestService, folder: Path, ticker: str, equal_in_all_stores: Callable[[str, str], bool]
) -> None:
    bars = a_year_of_bars()
    bars.to_csv(folder / f"{ticker}.csv", index=False)
    ingest(service, ticker)
    bars.iloc[125:].to_csv(folder / f"{ticker}.csv", index=False)
    with pytest.raises(DataQualityError, match="lacks 125 of 250 stored sessions"):
        ingest(service, ticker)
    assert len(runtime.prices.read(ticker, "files")) == 250
    assert equal_in_all_stores(ticker, "files")
    failed = runtime.ingest_runs.latest(ticker)
    assert failed is not None
    assert (failed.state, "lacks 125" in (failed.error or "")) == ("failed", True)


def test_bad_bars_go_to_quarantine_once_and_the_rest_is_stored(
    runtime: Runtime, service: IngestService, folder: Path, ticker: str
) -> None:
    bars = a_year_of_bars()
    bars.loc[10, "high"] = 1.0
    bars.loc[60, ["open", "high", "low", "close", "adj_close"]] *= 10
    bars.to_csv(folder / f"{ticker}.csv", index=False)
    report = ingest(service, ticker)
    assert (report.rows, report.quarantined) == (248, 2)
    ingest(service, ticker)
    refused, total = runtime.quarantine.page(ticker)
    assert total == 2
    assert {bar.reason for bar in refused} == {
        "high is below open, low or close; low is above open, high or close",
        "bad print: far from the bars before and after it",
    }
    assert {str(bar.session) for bar in refused} == {cell(bars, 10, "session"), cell(bars, 60, "session")}
    run = runtime.ingest_runs.latest(ticker)
    assert run is not None
    assert (run.state, run.fetched, run.quarantined) == ("succeeded", 250, 2)


def test_too_many_bad_bars_store_nothing_but_are_there_to_be_looked_at(
    runtime: Runtime, service: IngestService, folder: Path, ticker: str
) -> None:
    bars = a_year_of_bars()
    bars.loc[:20, "low"] = 10_000.0
    bars.to_csv(folder / f"{ticker}.csv", index=False)
    with pytest.raises(DataQualityError, match="21 of 250 bars are bad"):
        ingest(service, ticker)
    assert runtime.prices.read(ticker, "files").empty
    assert runtime.instruments.find(ticker) is None
    assert runtime.quarantine.page(ticker)[1] == 21


def test_what_a_crash_between_the_stores_left_undone_is_done_by_the_next_run(
    runtime: Runtime, service: IngestService, folder: Path, ticker: str, equal_in_all_stores: Callable[[str, str], bool]
) -> None:
    bars = a_year_of_bars()
    bars.to_csv(folder / f"{ticker}.csv", index=False)
    # The run before died after Postgres: its row still runs, and neither S3 nor ClickHouse have anything.
    run_id = runtime.ingest_runs.begin(ticker, "files")
    runtime.prices.write(ticker, "files", bars, run_id)
    report = ingest(service, ticker)
    assert (report.inserted, report.unchanged, report.published) == (0, 250, 250)
    assert equal_in_all_stores(ticker, "files")
    states = {run.id: (run.state, run.error) for run in runtime.ingest_runs.page(ticker)[0]}
    assert states[run_id][0] == "failed"
    assert states[report.run_id] == ("succeeded", None)


def test_rows_that_clickhouse_lost_or_never_should_have_had_are_put_right(
    runtime: Runtime, service: IngestService, folder: Path, ticker: str, equal_in_all_stores: Callable[[str, str], bool]
) -> None:
    a_year_of_bars().to_csv(folder / f"{ticker}.csv", index=False)
    ingest(service, ticker)
    held = runtime.bars.read(ticker, "files")
    runtime.bars.delete(ticker, "files", [moment.date() for moment in held["session"][5:9]])
    alien = held.iloc[[0]].assign(session=pd.Timestamp("2012-01-01"))
    wrong = held.iloc[[30]].assign(close=1.0, version=99)
    runtime.bars.insert(pd.concat([alien, wrong]), uuid.uuid4().hex)
    assert not equal_in_all_stores(ticker, "files")
    assert ingest(service, ticker).published == 6
    assert equal_in_all_stores(ticker, "files")


def test_a_snapshot_object_that_is_gone_is_written_again(
    runtime: Runtime, service: IngestService, folder: Path, ticker: str, equal_in_all_stores: Callable[[str, str], bool]
) -> None:
    a_year_of_bars().to_csv(folder / f"{ticker}.csv", index=False)
    first = ingest(service, ticker)
    runtime.s3.delete_object(Bucket=runtime.settings.s3_bucket, Key=f"datasets/{first.snapshot}.parquet")
    assert not equal_in_all_stores(ticker, "files")
    assert ingest(service, ticker).snapshot == first.snapshot
    assert equal_in_all_stores(ticker, "files")


def test_a_damaged_snapshot_is_refused(runtime: Runtime, service: IngestService, folder: Path, ticker: str) -> None:
    a_year_of_bars().to_csv(folder / f"{ticker}.csv", index=False)
    sha256 = ingest(service, ticker).snapshot
    key = f"datasets/{sha256}.parquet"
    body = bytearray(runtime.s3.get_object(Bucket=runtime.settings.s3_bucket, Key=key)["Body"].read())
    body[len(body) // 2] ^= 1
    runtime.s3.put_object(Bucket=runtime.settings.s3_bucket, Key=key, Body=bytes(body))
    with pytest.raises(DataQualityError, match="damaged"):
        runtime.snapshots.load(sha256)


def test_a_store_that_does_not_answer_fails_the_run_and_the_next_one_completes_it(
    runtime: Runtime,
    stores: Stores,
    folder: Path,
    ticker: str,
    settings: Settings,
    equal_in_all_stores: Callable[[str, str], bool],
) -> None:
    a_year_of_bars().to_csv(folder / f"{ticker}.csv", index=False)
    away = Runtime(settings.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:9"}))
    broken = of(replace(stores, snapshots=away.snapshots), FilesSource(folder))
    with pytest.raises(UpstreamError, match="S3"):
        ingest(broken, ticker)
    away.close()
    failed = runtime.ingest_runs.latest(ticker)
    assert failed is not None
    assert failed.state == "failed"
    assert runtime.instruments.find(ticker) is None, "a symbol without bars is not offered"
    ingest(of(stores, FilesSource(folder)), ticker)
    assert equal_in_all_stores(ticker, "files")


def test_two_runs_of_one_ticker_at_once_leave_one_series(
    service: IngestService, folder: Path, ticker: str, equal_in_all_stores: Callable[[str, str], bool]
) -> None:
    a_year_of_bars().to_csv(folder / f"{ticker}.csv", index=False)
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: ingest(service, ticker), range(2)))
    assert sorted(report.inserted for report in reports) == [0, 250]
    assert equal_in_all_stores(ticker, "files")


def test_a_plan_made_without_the_lock_is_refused_when_another_run_came_between(
    service: IngestService, folder: Path, ticker: str
) -> None:
    a_year_of_bars().to_csv(folder / f"{ticker}.csv", index=False)
    plan = service.validate(service.fetch(ticker, None, Notes()), Notes())
    ingest(service, ticker)
    with pytest.raises(ConflictError, match="Another run changed"):
        service.load(plan, Notes())


def test_a_split_after_the_last_ingest_moves_the_whole_series_to_the_new_basis(
    runtime: Runtime, stores: Stores, ticker: str, equal_in_all_stores: Callable[[str, str], bool]
) -> None:
    first = ingest(of(stores, yahoo((OK, "before_split.json"))[0]), ticker)
    assert first.rows == 14
    source, saved = yahoo((OK, "split_and_dividend.json"))
    notes = Notes()
    second = of(stores, source).ingest(ticker, None, notes)
    assert len(saved.asked) == 2, "the increment, then the whole history"
    assert int(saved.asked[1]["period1"][0]) < int(saved.asked[0]["period1"][0])
    assert (second.corrected, second.inserted, second.rows) == (14, 14, 28)
    assert any("whole history" in line for line in notes.lines)
    closes = runtime.prices.read(ticker, "yahoo")["close"]
    assert closes.pct_change().abs().max() < 0.05, "two bases would show as a tenfold step"
    assert equal_in_all_stores(ticker, "yahoo")
    assert first.warnings == second.warnings == ()


def test_quiet_days_are_fetched_alone_and_only_they_are_written(
    runtime: Runtime, stores: Stores, ticker: str, equal_in_all_stores: Callable[[str, str], bool]
) -> None:
    ingest(of(stores, yahoo((OK, "quiet_first.json"))[0]), ticker)
    source, saved = yahoo((OK, "quiet_next.json"))
    report = ingest(of(stores, source), ticker)
    assert len(saved.asked) == 1
    assert (report.inserted, report.corrected, report.unchanged) == (4, 0, 10)
    assert set(runtime.bars.read(ticker, "yahoo")["version"][:10]) == {1}
    assert equal_in_all_stores(ticker, "yahoo")


def test_the_bar_of_a_session_that_is_still_open_waits_for_its_bell(stores: Stores, ticker: str) -> None:
    in_taipei = f"{ticker[:8]}.TW"
    open_still = of(stores, yahoo((OK, "taipei.json"))[0], now=datetime(2024, 7, 5, 5, 29, tzinfo=UTC))
    assert ingest(open_still, in_taipei).last_session == date(2024, 7, 4)
    closed = of(stores, yahoo((OK, "taipei.json"))[0], now=datetime(2024, 7, 5, 5, 30, tzinfo=UTC))
    assert ingest(closed, in_taipei).last_session == date(2024, 7, 5)


@pytest.fixture
def without_fb(runtime: Runtime) -> None:
    with runtime.raw_engine.begin() as connection:
        connection.execute(text("DELETE FROM instruments WHERE ticker = 'FB' AND source <> 'sample'"))


@pytest.mark.usefixtures("without_fb")
@pytest.mark.parametrize("answer", [requests.exceptions.ConnectionError("no route"), (429, "too_many_requests.txt")])
def test_when_yahoo_cannot_be_reached_the_sample_answers_and_says_so(
    runtime: Runtime, stores: Stores, answer: tuple[int, str] | OSError
) -> None:
    service = of(stores, yahoo(answer)[0], SampleSource())
    report = ingest(service, "FB")
    assert (report.source, report.last_session) == ("sample", date(2013, 3, 1))
    assert report.fallback_reason
    run = runtime.ingest_runs.latest("FB")
    assert run is not None
    assert (run.source, run.fallback_reason) == ("sample", report.fallback_reason)


def test_asked_for_by_name_yahoo_has_no_stand_in(stores: Stores) -> None:
    service = of(stores, yahoo(requests.exceptions.ConnectionError("no route"))[0], SampleSource())
    with pytest.raises(SourceUnreachableError, match="no route"):
        ingest(service, "FB", "yahoo")


def test_the_sample_never_displaces_real_data(runtime: Runtime, ticker: str) -> None:
    real = InstrumentFacts("XNAS", "USD", "Real Inc.", "真")
    runtime.instruments.record(ticker, "sample", InstrumentFacts("XNYS", "USD", "Sample"))
    assert runtime.instruments.record(ticker, "yahoo", real).source == "yahoo"
    assert runtime.instruments.record(ticker, "sample", InstrumentFacts("XNYS", "USD", "Sample")).source == "yahoo"
    held = runtime.instruments.record(ticker, "files", InstrumentFacts("XNAS", "USD", "Real Inc."))
    assert (held.source, held.name_zh) == ("files", "真")


def test_a_fallback_is_no_option_once_real_data_is_held(stores: Stores, runtime: Runtime) -> None:
    source: YahooSource = yahoo((OK, "garbage.html"))[0]
    runtime.instruments.record("GOOG", "yahoo", InstrumentFacts("XNAS", "USD", "Alphabet"))
    try:
        with pytest.raises(GarbageAnswerError):
            ingest(of(stores, source, SampleSource()), "GOOG")
    finally:
        with runtime.raw_engine.begin() as connection:
            connection.execute(text("UPDATE instruments SET source = 'sample' WHERE ticker = 'GOOG'"))
