"""What the challengers would answer, held in memory beside what the champions do.

It follows the catalogue and never holds it up: a challenger that can't be loaded, or that answers nonsense, is missing
here and nothing else changes.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import structlog

from backend.src.data.catalogue_store import CatalogueStore, Placed
from backend.src.data.orm import Model
from backend.src.inference.catalogue import TROUBLES, Catalogue, Holding, findings_of, in_words, same_models
from backend.src.inference.forecast import Forecast
from backend.src.inference.market_state import MarketState
from backend.src.inference.outlook import Outlook, make_outlook
from backend.src.inference.served_model import ServedModel
from bellwether_contracts.market import graded_horizon

log = structlog.get_logger(__name__)

RETRY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Shadow:
    """A ticker's challengers now.

    Attributes:
        state: The bars that they forecast from.
        models: By graded horizon, the challenger.
        forecasts: Theirs, by sessions ahead.
        problems: By graded horizon, why the challenger is missing.
    """

    state: MarketState | None = None
    models: Mapping[int, ServedModel] = field(default_factory=dict)
    forecasts: Mapping[int, Forecast] = field(default_factory=dict)
    problems: Mapping[int, str] = field(default_factory=dict)


class Shadows:
    """Challengers and their forecasts by ticker."""

    def __init__(self, store: CatalogueStore, catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue
        self._refreshing = threading.Lock()
        self._followed: Mapping[str, Holding] | None = None
        self._retry_at = float("inf")
        self.held: Mapping[str, Shadow] = MappingProxyType({})

    def forecast(self, served: Forecast) -> Forecast | None:
        """What the challenger says of the session that the champion was asked for, from the same bars; else None."""
        shadow = self.held.get(served.ticker)
        found = shadow.forecasts.get(served.horizon) if shadow else None
        if found is None or (found.last_session, found.source) != (served.last_session, served.source):
            return None
        return found if found.model_id != served.model_id else None

    def behind(self, served: Forecast) -> bool:
        """Whether there is a challenger for this forecast, but with other bars than the champion's."""
        shadow = self.held.get(served.ticker)
        if shadow is None or shadow.state is None or graded_horizon(served.horizon) not in shadow.models:
            return False
        return (shadow.state.last_session, shadow.state.source) != (served.last_session, served.source)

    def problems(self) -> dict[str, str]:
        """Challengers that are missing, by ticker."""
        return {
            ticker: "; ".join(dict.fromkeys(shadow.problems.values()))
            for ticker, shadow in self.held.items()
            if shadow.problems
        }

    def refresh(self) -> bool:
        """Follow the catalogue when it has changed, and try again what was missing; say whether anything was done."""
        with self._refreshing:
            holdings = self._catalogue.holdings
            if holdings is self._followed and time.monotonic() < self._retry_at:
                return False
            challengers = self._store.challengers()
            self.held = MappingProxyType(
                {
                    ticker: self._follow(holdings[ticker], placed, self.held.get(ticker, Shadow()))
                    for ticker, placed in challengers.items()
                    if ticker in holdings
                }
            )
            self._followed = holdings
            self._retry_at = time.monotonic() + RETRY_SECONDS if self.problems() else float("inf")
            return True

    def _follow(self, holding: Holding, placed: Mapping[int, Placed], held: Shadow) -> Shadow:
        """A ticker's challengers on its newest bars; tracking bands takes long, so not again when nothing changed."""
        if holding.state is None:
            return Shadow()
        models, problems = dict[int, ServedModel](), dict[int, str]()
        for horizon, each in placed.items():
            found = self._model(each.model, placed, held)
            if isinstance(found, ServedModel):
                models[horizon] = found
            else:
                problems[horizon] = found
        if holding.state is held.state and same_models(models, held.models):
            return replace(held, problems=problems)
        return _shadow(holding.state, models, problems)

    def _model(self, row: Model, placed: Mapping[int, Placed], held: Shadow) -> ServedModel | str:
        """A challenger as the ledger placed it, or why it can't be loaded."""
        kept = next((model for model in held.models.values() if model.model_id == row.id), None)
        if kept is not None:
            return kept
        try:
            model = self._catalogue.read_model(row)
        except TROUBLES as error:
            log.warning("challenger not loaded", ticker=row.ticker, model_id=row.id, error=in_words(error))
            return f"challenger {row.id} can't be loaded ({in_words(error)})"
        log.info("challenger loaded", ticker=row.ticker, model_id=row.id, version=row.version)
        return replace(model, findings={**model.findings, **findings_of(row.id, placed)})


def _shadow(state: MarketState, models: Mapping[int, ServedModel], problems: dict[int, str]) -> Shadow:
    """Every challenger's forecasts of its own horizons; one that does not forecast is missing, and tried again."""
    outlooks = {model.model_id: _outlook(state, model) for model in models.values()}
    loaded, forecasts = dict[int, ServedModel](), dict[int, Forecast]()
    for graded, model in models.items():
        made = outlooks[model.model_id]
        if isinstance(made, str):
            problems[graded] = made
            continue
        loaded[graded] = model
        forecasts |= {each.horizon: each for each in made if graded_horizon(each.horizon) == graded}
    return Shadow(state, loaded, forecasts, problems)


def _outlook(state: MarketState, model: ServedModel) -> Outlook | str:
    """A challenger's forecasts, or why there are none."""
    try:
        made = make_outlook(state, model, None)
    except Exception as error:  # whatever a challenger does wrong is the challenger's trouble alone
        log.exception("challenger does not forecast", ticker=state.ticker, model_id=model.model_id)
        return f"challenger {model.model_id} does not forecast ({in_words(error)})"
    stood_in = made[0].model_id != model.model_id  # naive: nothing to compare
    return f"challenger {model.model_id} does not forecast ({made[0].degraded_reason})" if stood_in else made
