"""`python -m backend.monitor.reconcile [TICKER ...]`: do Postgres, Parquet and ClickHouse hold the same bars?

Row counts and checksums over every bit of the values, whatever the order of the rows. Exit status 1 when two stores
differ.
"""

import argparse
import sys
from dataclasses import dataclass

from backend.errors import BellwetherError
from backend.settings import Settings
from backend.src.data.bar_frame import checksum
from backend.src.data.bar_store import BarStore
from backend.src.data.instrument_store import InstrumentStore
from backend.src.data.price_store import PriceStore
from backend.src.data.snapshot_store import SnapshotStore
from backend.src.runtime import Runtime
from bellwether_contracts import logging

_POSTGRES, _PARQUET, _CLICKHOUSE = "postgres", "parquet", "clickhouse"


@dataclass(frozen=True, slots=True)
class Held:
    """What one store holds of a series: rows and their checksum, or why that can't be told."""

    rows: int
    checksum: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One series in the three stores."""

    ticker: str
    source: str
    stores: dict[str, Held]

    @property
    def equal(self) -> bool:
        """Whether every store could be read and holds the same bars."""
        held = self.stores.values()
        return len({each.checksum for each in held}) == 1 and all(each.problem is None for each in held)


class Reconciler:
    """Reads one series from each store."""

    def __init__(
        self, prices: PriceStore, snapshots: SnapshotStore, bars: BarStore, instruments: InstrumentStore
    ) -> None:
        self._prices = prices
        self._snapshots = snapshots
        self._bars = bars
        self._instruments = instruments

    def check(self, ticker: str, source: str) -> Reconciliation:
        """Compare the three stores over one series."""
        stored = self._prices.read(ticker, source)
        published = self._bars.read(ticker, source)
        return Reconciliation(
            ticker,
            source,
            {
                _POSTGRES: Held(len(stored), checksum(stored)),
                _PARQUET: self._snapshot(ticker, source),
                _CLICKHOUSE: Held(len(published), checksum(published)),
            },
        )

    def check_all(self, tickers: list[str] | None = None) -> list[Reconciliation]:
        """Compare the served series of the given tickers, or of all that are held."""
        chosen = [self._instruments.get(ticker) for ticker in tickers] if tickers else self._instruments.all()
        return [self.check(each.ticker, each.source) for each in chosen]

    def _snapshot(self, ticker: str, source: str) -> Held:
        latest = self._snapshots.latest(ticker, source)
        if latest is None:
            return Held(0, "", "no snapshot")
        try:
            bars = self._snapshots.load(latest.sha256)
        except BellwetherError as error:
            return Held(0, "", error.detail)
        return Held(len(bars), checksum(bars))


def reconciler(settings: Settings) -> Reconciler:
    """A reconciler with connections of its own."""
    runtime = Runtime(settings)
    return Reconciler(runtime.prices, runtime.snapshots, runtime.bars, runtime.instruments)


def table(results: list[Reconciliation]) -> str:
    """The results for a terminal: a line for each series."""
    lines = [f"{'ticker':15} {'source':8} {_POSTGRES:>22} {_PARQUET:>22} {_CLICKHOUSE:>22}  verdict"]
    for each in results:
        cells = " ".join(f"{held.rows:>9} {held.checksum[:12]:12}" for held in each.stores.values())
        problems = "; ".join(held.problem for held in each.stores.values() if held.problem)
        lines.append(f"{each.ticker:15} {each.source:8} {cells}  {'equal' if each.equal else problems or 'DIFFERENT'}")
    return "\n".join(lines)


def main() -> None:
    """Print the table and say by the exit status whether all series are equal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tickers", nargs="*", help="which series; all that are held when none is named")
    tickers: list[str] = parser.parse_args().tickers
    logging.configure("reconcile")
    try:
        results = reconciler(Settings(service_name="reconcile")).check_all(tickers)
    except BellwetherError as error:
        sys.exit(f"reconcile: {error.detail}")
    sys.stdout.write(table(results) + "\n")
    sys.exit(0 if all(each.equal for each in results) else 1)


if __name__ == "__main__":
    main()
