"""Everything that serving holds in memory, and how it follows the stores.

Readers take one immutable mapping; a refresh builds the next one beside it and swaps the reference.
"""

import hashlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import structlog
from botocore.exceptions import BotoCoreError
from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from sqlalchemy.exc import SQLAlchemyError

from backend.errors import BellwetherError, UpstreamError
from backend.src.data.bar_store import BarStore
from backend.src.data.catalogue_store import CatalogueStore, Marks
from backend.src.data.evaluation_files import EvaluationFiles
from backend.src.data.model_files import ModelFiles
from backend.src.data.orm import Model, Snapshot
from backend.src.data.snapshot_store import parquet_bytes
from backend.src.inference.market_state import MarketState, market_state
from backend.src.inference.outlook import Outlook, make_outlook
from backend.src.inference.served_model import ServedModel, load_model

log = structlog.get_logger(__name__)

FIRST_RETRY_SECONDS = 1.0
LAST_RETRY_SECONDS = 60.0

# What a store that is away or damaged raises; anything else is a fault of ours and must be seen.
_TROUBLES = (BellwetherError, ClickHouseError, BotoCoreError, SQLAlchemyError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Holding:
    """A ticker as it is served now.

    Attributes:
        state: The newest bars that could be read.
        model: The champion, or the last one that could be loaded.
        outlook: Its forecasts; empty while there is no state.
        state_problem: Why the newest bars are not these.
        model_problem: Why the champion does not serve.
    """

    state: MarketState | None = None
    model: ServedModel | None = None
    outlook: Outlook = ()
    state_problem: str | None = None
    model_problem: str | None = None
    complete: bool = False


class Catalogue:
    """Champions and market states by ticker."""

    def __init__(self, store: CatalogueStore, bars: BarStore, files: ModelFiles, evaluations: EvaluationFiles) -> None:
        self._store = store
        self._bars = bars
        self._files = files
        self._evaluations = evaluations
        self._refreshing = threading.Lock()
        self._marks: Marks | None = None
        self._retry_seconds = FIRST_RETRY_SECONDS
        self._retry_at = 0.0
        self.holdings: Mapping[str, Holding] = MappingProxyType({})

    @property
    def loaded(self) -> bool:
        """Whether the stores were read once."""
        return self._marks is not None

    def problems(self) -> dict[str, str]:
        """What could not be loaded, by ticker."""
        found = {ticker: _joined(held.state_problem, held.model_problem) for ticker, held in self.holdings.items()}
        return {ticker: problem for ticker, problem in found.items() if problem}

    def refresh(self) -> bool:
        """Load what changed since the last time, and again what failed; say whether anything was looked at.

        What can't be loaded keeps its last good version, and the reason is kept beside it.
        """
        with self._refreshing:
            marks = self._store.marks()
            if marks == self._marks and not self._retry_due():
                return False
            champions = self._store.champions()
            holdings = {
                ticker: self._load(snapshot, champions.get(ticker), self.holdings.get(ticker, Holding()))
                for ticker, snapshot in self._store.snapshots().items()
            }
            self._schedule_retry(again=marks == self._marks, all_well=all(held.complete for held in holdings.values()))
            self.holdings = MappingProxyType(holdings)
            self._marks = marks
            return True

    def _retry_due(self) -> bool:
        return self._retry_at != 0.0 and time.monotonic() >= self._retry_at

    def _schedule_retry(self, *, again: bool, all_well: bool) -> None:
        longer = min(self._retry_seconds * 2, LAST_RETRY_SECONDS)
        self._retry_seconds = longer if again and not all_well else FIRST_RETRY_SECONDS
        self._retry_at = 0.0 if all_well else time.monotonic() + self._retry_seconds

    def _load(self, snapshot: Snapshot, champion: Model | None, held: Holding) -> Holding:
        state, state_problem = self._load_state(snapshot, held)
        model, model_problem = self._load_model(champion, held)
        reason = _joined(state_problem, model_problem)
        complete = model_problem is None or champion is None
        return Holding(
            state=state,
            model=model,
            outlook=make_outlook(state, model, reason) if state else (),
            state_problem=state_problem,
            model_problem=model_problem,
            complete=complete and state is not None and state.snapshot == snapshot.sha256,
        )

    def _load_state(self, snapshot: Snapshot, held: Holding) -> tuple[MarketState | None, str | None]:
        if held.state and held.state.snapshot == snapshot.sha256:
            return held.state, None
        try:
            state = self._read_state(snapshot)
        except _TROUBLES as error:
            log.warning("bars not loaded", ticker=snapshot.ticker, error=_words(error))
            return held.state, f"the bars through {snapshot.last_session} can't be read: {_words(error)}"
        if state.last_session != snapshot.last_session:
            return state, f"the store of bars is behind: {state.last_session} of {snapshot.last_session}"
        return state, None

    def _read_state(self, snapshot: Snapshot) -> MarketState:
        bars = self._bars.read(snapshot.ticker, snapshot.source)
        # The state carries the hash of what was read: while it is not the snapshot's, a refresh reads again.
        actual = hashlib.sha256(parquet_bytes(bars, snapshot.ticker, snapshot.source)).hexdigest()
        return market_state(snapshot.ticker, snapshot.source, actual, bars)

    def _load_model(self, champion: Model | None, held: Holding) -> tuple[ServedModel | None, str | None]:
        if champion is None:
            return None, "no champion yet"
        if held.model and held.model.model_id == champion.id:
            return held.model, None
        try:
            model = self._read_model(champion)
        except _TROUBLES as error:
            log.warning("champion not loaded", ticker=champion.ticker, model_id=champion.id, error=_words(error))
            stand_in = f"model {held.model.model_id}" if held.model else "the naive forecast"
            return held.model, f"champion {champion.id} can't be loaded ({_words(error)}): {stand_in} serves"
        log.info("champion loaded", ticker=model.ticker, model_id=model.model_id, version=model.version)
        return model, None

    def _read_model(self, champion: Model) -> ServedModel:
        if champion.artifact_sha256 is None or champion.evaluation_sha256 is None:
            raise UpstreamError(f"model {champion.id} has no files")
        tested = self._evaluations.get(champion.evaluation_sha256)
        return load_model(champion, self._files.get(champion.artifact_sha256), tested)


def _joined(*reasons: str | None) -> str | None:
    return "; ".join(reason for reason in reasons if reason) or None


def _words(error: Exception) -> str:
    return error.detail if isinstance(error, BellwetherError) else f"{type(error).__name__}: {error}"[:300]
