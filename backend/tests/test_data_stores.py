"""What the stores promise to those who only read."""

from collections.abc import Iterator
from datetime import date

import pandas as pd
import pytest

from backend.errors import NotFoundError
from backend.monitor.freshness import FreshnessMonitor
from backend.monitor.reconcile import Reconciler, table
from backend.settings import Settings
from backend.src.data.snapshot_store import parquet_bytes
from backend.src.ingestion.sources.sample import SampleSource
from backend.src.runtime import Runtime

pytestmark = pytest.mark.stack


class Silent:
    """A reporter that says nothing."""

    def progress(self, fraction: float, stage: str) -> None: ...
    def log(self, line: str) -> None: ...
    def partial(self, result: dict[str, object]) -> None: ...


@pytest.fixture(scope="module")
def runtime(settings: Settings) -> Iterator[Runtime]:
    runtime = Runtime(settings)
    runtime.ingest.ingest("FB", "sample", Silent())
    yield runtime
    runtime.close()


def test_bars_are_read_by_inclusive_dates_in_order_or_the_newest_of_them(runtime: Runtime) -> None:
    week = runtime.bars.read("FB", "sample", date(2012, 5, 21), date(2012, 5, 25))
    assert week["session"].dt.day.tolist() == [21, 22, 23, 24, 25]
    newest = runtime.bars.read("FB", "sample", limit=3)
    assert newest["session"].dt.date.tolist() == [date(2013, 2, 27), date(2013, 2, 28), date(2013, 3, 1)]
    assert week["session"].dtype == "datetime64[ns]"


@pytest.mark.parametrize("ticker", ["FB' OR '1'='1", "FB'; DROP TABLE bars; --", "{ticker:String}", "x" * 10_000, "\\"])
def test_an_injection_is_only_a_ticker_that_is_not_held(runtime: Runtime, ticker: str) -> None:
    assert runtime.bars.read(ticker, "sample").empty
    assert runtime.prices.read(ticker, "sample").empty
    assert runtime.instruments.search(ticker) == []
    assert runtime.snapshots.latest(ticker) is None
    assert len(runtime.bars.read("FB", "sample")) == 196


def test_coverage_tells_first_last_and_rows(runtime: Runtime) -> None:
    (fb,) = [each for each in runtime.bars.coverage() if (each.ticker, each.source) == ("FB", "sample")]
    assert (fb.exchange, fb.first_session, fb.last_session, fb.rows) == (
        "XNAS",
        date(2012, 5, 18),
        date(2013, 3, 1),
        196,
    )


def test_an_unknown_instrument_is_told_which_are_held(runtime: Runtime) -> None:
    with pytest.raises(NotFoundError, match="FB") as caught:
        runtime.instruments.get("NOSUCH")
    assert "FB" in caught.value.extra["held"]  # type: ignore[operator]


def test_search_finds_by_ticker_and_by_either_name_and_takes_wildcards_literally(runtime: Runtime) -> None:
    for words in ("fb", "facebook", "臉書"):
        assert "FB" in [each.ticker for each in runtime.instruments.search(words)]
    assert runtime.instruments.search("%") == runtime.instruments.search("_") == []


def test_a_snapshot_names_what_it_holds_and_loads_as_it_was_stored(runtime: Runtime) -> None:
    latest = runtime.snapshots.latest("FB", "sample")
    assert latest is not None
    assert (latest.rows, latest.last_session) == (196, date(2013, 3, 1))
    loaded = runtime.snapshots.load(latest.sha256)
    sample = SampleSource().fetch("FB").frame
    pd.testing.assert_frame_equal(loaded, sample[loaded.columns], check_exact=True, check_dtype=False)
    with pytest.raises(NotFoundError):
        runtime.snapshots.load("0" * 64)


def test_the_bytes_of_a_snapshot_depend_on_its_content_alone() -> None:
    bars = SampleSource().fetch("FB").frame
    assert parquet_bytes(bars, "FB", "sample") == parquet_bytes(bars.sample(frac=1), "FB", "sample")
    assert parquet_bytes(bars, "FB", "sample") != parquet_bytes(bars, "META", "sample")
    assert parquet_bytes(bars, "FB", "sample") != parquet_bytes(bars, "FB", "files")


def test_the_reconciliation_shows_what_each_store_holds(runtime: Runtime) -> None:
    reconciler = Reconciler(runtime.prices, runtime.snapshots, runtime.bars, runtime.instruments)
    result = reconciler.check("FB", "sample")
    assert result.equal
    assert {held.rows for held in result.stores.values()} == {196}
    assert "equal" in table([result])
    nothing = reconciler.check("FB", "files")
    assert not nothing.equal
    assert "no snapshot" in table([nothing])


def test_the_freshness_of_every_instrument_is_known(runtime: Runtime) -> None:
    found = {each.ticker: each for each in FreshnessMonitor(runtime.instruments, runtime.bars).check()}
    assert found["FB"].last_session == date(2013, 3, 1)
