"""Everything that serving holds in memory, and how it follows the stores.

Readers take one immutable mapping; a refresh builds the next one beside it and swaps the reference.
"""

import hashlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import cast

import structlog
from botocore.exceptions import BotoCoreError
from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from sqlalchemy.exc import SQLAlchemyError

from backend.errors import BellwetherError, InvalidRequestError, UpstreamError
from backend.src.data.bar_store import BarStore
from backend.src.data.catalogue_store import CatalogueStore, Marks, Placed
from backend.src.data.evaluation_files import EvaluationFiles
from backend.src.data.model_files import ModelFiles
from backend.src.data.orm import Model, Snapshot
from backend.src.data.snapshot_store import parquet_bytes
from backend.src.inference.market_state import MIN_BARS, MarketState, market_state
from backend.src.inference.outlook import Outlook, champions_outlook
from backend.src.inference.served_model import ServedModel, load_model
from backend.src.registry.gate import Finding, Serves
from bellwether_contracts.market import GRADED_HORIZONS

log = structlog.get_logger(__name__)

FIRST_RETRY_SECONDS = 1.0
LAST_RETRY_SECONDS = 60.0

# What a store that is away or damaged raises; anything else is a fault of ours and must be seen.
TROUBLES = (BellwetherError, ClickHouseError, BotoCoreError, SQLAlchemyError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Holding:
    """A ticker as it is served now.

    Attributes:
        state: The newest bars that could be read.
        models: By graded horizon, the champion, or the last one that could be loaded.
        outlook: Its forecasts; empty while there is no state.
        state_problem: Why the newest bars are not these.
        refusal: Why these bars allow no forecast, and what would: asking again does not help.
        model_problems: By graded horizon, why the champion does not serve.
    """

    state: MarketState | None = None
    models: Mapping[int, ServedModel] = field(default_factory=dict)
    outlook: Outlook = ()
    state_problem: str | None = None
    model_problems: Mapping[int, str] = field(default_factory=dict)
    refusal: InvalidRequestError | None = None
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
        found = {
            ticker: _joined(held.state_problem, *dict.fromkeys(held.model_problems.values()))
            for ticker, held in self.holdings.items()
        }
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
                ticker: self._load(snapshot, champions.get(ticker, {}), self.holdings.get(ticker, Holding()))
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

    def _load(self, snapshot: Snapshot, champions: Mapping[int, Placed], held: Holding) -> Holding:
        try:
            state, state_problem = self._load_state(snapshot, held)
        except InvalidRequestError as refusal:
            return Holding(state_problem=refusal.detail, refusal=refusal)
        models, problems = self._load_models(champions, held)
        loaded = Holding(state, models, (), state_problem, problems)
        complete = not (champions and problems)
        return replace(
            loaded,
            outlook=_outlook(loaded, held),
            complete=complete and state is not None and state.snapshot == snapshot.sha256,
        )

    def _load_state(self, snapshot: Snapshot, held: Holding) -> tuple[MarketState | None, str | None]:
        if held.state and held.state.snapshot == snapshot.sha256:
            return held.state, None
        try:
            state = self._read_state(snapshot)
        except TROUBLES as error:
            if isinstance(error, InvalidRequestError) and snapshot.rows < MIN_BARS:
                raise  # no fault of the store: there are no more
            log.warning("bars not loaded", ticker=snapshot.ticker, error=in_words(error))
            return held.state, f"the bars through {snapshot.last_session} can't be read: {in_words(error)}"
        if state.last_session != snapshot.last_session:
            return state, f"the store of bars is behind: {state.last_session} of {snapshot.last_session}"
        return state, None

    def _read_state(self, snapshot: Snapshot) -> MarketState:
        bars = self._bars.read(snapshot.ticker, snapshot.source)
        # The state carries the hash of what was read: while it is not the snapshot's, a refresh reads again.
        actual = hashlib.sha256(parquet_bytes(bars, snapshot.ticker, snapshot.source)).hexdigest()
        return market_state(snapshot.ticker, snapshot.source, actual, bars)

    def _load_models(
        self, champions: Mapping[int, Placed], held: Holding
    ) -> tuple[dict[int, ServedModel], dict[int, str]]:
        """Champions, or who stands in for them, and why: each model is read once, wherever it serves."""
        read: dict[int, ServedModel | str] = {}
        models, problems = dict[int, ServedModel](), dict[int, str]()
        for horizon in GRADED_HORIZONS:
            if horizon not in champions:
                problems[horizon] = "no champion yet"
                continue
            row = champions[horizon].model
            if row.id not in read:
                read[row.id] = self._load_model(row, findings_of(row.id, champions), held)
            found = read[row.id]
            if isinstance(found, ServedModel):
                models[horizon] = found
            else:
                problems[horizon] = f"{found}: {_stand_in(held.models.get(horizon))} serves"
                models |= {horizon: held.models[horizon]} if horizon in held.models else {}
        return models, problems

    def _load_model(self, row: Model, findings: Mapping[int, Finding], held: Holding) -> ServedModel | str:
        """A champion with what the ledger says of it, or why it can't be loaded."""
        kept = next((model for model in held.models.values() if model.model_id == row.id), None)
        try:
            model = kept or self.read_model(row)
        except TROUBLES as error:
            log.warning("champion not loaded", ticker=row.ticker, model_id=row.id, error=in_words(error))
            return f"champion {row.id} can't be loaded ({in_words(error)})"
        if kept is None:
            log.info("champion loaded", ticker=model.ticker, model_id=model.model_id, version=model.version)
        said = {**model.findings, **findings}
        return model if said == model.findings else replace(model, findings=said)

    def read_model(self, champion: Model) -> ServedModel:
        """Load a registered model from its files.

        Raises:
            UpstreamError: it has none, or they can't be read.
            UnloadableModelError: they are not what was registered.
        """
        if champion.artifact_sha256 is None or champion.evaluation_sha256 is None:
            raise UpstreamError(f"model {champion.id} has no files")
        tested = self._evaluations.get(champion.evaluation_sha256)
        return load_model(champion, self._files.get(champion.artifact_sha256), tested)


def findings_of(model_id: int, placed: Mapping[int, Placed]) -> dict[int, Finding]:
    """What the ledger says a model serves: the last word, whatever this program's gate would find."""
    return {
        horizon: Finding(horizon, cast("Serves", each.serves), each.serves_reason, ())
        for horizon, each in placed.items()
        if each.model.id == model_id
    }


def _stand_in(model: ServedModel | None) -> str:
    return f"model {model.model_id}" if model else "the naive forecast"


def _outlook(new: Holding, held: Holding) -> Outlook:
    """Forecasts of what is held now; tracking the bands takes long, so not again when nothing changed."""
    if new.state is None:
        return ()
    if new.state is held.state and _same_words(new, held) and same_models(new.models, held.models):
        return held.outlook
    reasons = {h: _joined(new.state_problem, new.model_problems.get(h)) for h in GRADED_HORIZONS}
    return champions_outlook(new.state, new.models, reasons)


def _same_words(one: Holding, other: Holding) -> bool:
    return (one.state_problem, one.model_problems) == (other.state_problem, other.model_problems)


def same_models(one: Mapping[int, ServedModel], other: Mapping[int, ServedModel]) -> bool:
    """Whether the very same models are held at the same horizons."""
    return one.keys() == other.keys() and all(model is other[horizon] for horizon, model in one.items())


def _joined(*reasons: str | None) -> str | None:
    return "; ".join(reason for reason in reasons if reason) or None


def in_words(error: Exception) -> str:
    """What went wrong, short enough for an answer."""
    return error.detail if isinstance(error, BellwetherError) else f"{type(error).__name__}: {error}"[:300]
