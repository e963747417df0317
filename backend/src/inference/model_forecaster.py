"""Forecasts by a model that is named: one that need not serve."""

from collections import OrderedDict
from datetime import date

from backend.errors import ConflictError, UpstreamError
from backend.src.data.deployment_store import can_serve
from backend.src.data.model_store import ModelStore
from backend.src.data.orm import Model
from backend.src.inference.catalogue import Catalogue
from backend.src.inference.forecast import Forecast
from backend.src.inference.forecaster import Forecaster, pick
from backend.src.inference.market_state import MarketState
from backend.src.inference.outlook import Outlook, make_outlook

_KEPT = 32


class ModelForecaster:
    """Reads a model when it is first asked for: this waits for stores, unlike `Forecaster`."""

    def __init__(self, catalogue: Catalogue, forecaster: Forecaster, models: ModelStore) -> None:
        self._catalogue = catalogue
        self._forecaster = forecaster
        self._models = models
        self._made: OrderedDict[tuple[int, str], Outlook] = OrderedDict()

    def forecast(
        self, model_id: int, ticker: str, target_date: date | None = None, exchange: str | None = None
    ) -> Forecast:
        """The forecast of one session, as this model would serve it: where its gate is shut, it says no change.

        Raises:
            NotFoundError: no such model, or the ticker is not held.
            ConflictError: the model is another ticker's, or this program can't serve it.
            InvalidRequestError: see `Forecaster.forecast`.
            UpstreamError: the model's files or the ticker's bars can't be read.
        """
        self._forecaster.forecast(ticker, target_date, exchange)  # refuses what no model could forecast
        row = self._models.get(model_id)
        if row.ticker != ticker:
            raise ConflictError(f"Model {model_id} forecasts {row.ticker}, not {ticker}.", ticker=row.ticker)
        if not can_serve(row):
            raise ConflictError(f"Model {model_id} can't be served by this version: train it anew.")
        state = self._catalogue.holdings[ticker].state
        if state is None:
            raise UpstreamError(f"The bars of {ticker} can't be read.")
        return pick(self._outlook(row, state), target_date)

    def _outlook(self, row: Model, state: MarketState) -> Outlook:
        key = (row.id, state.snapshot)
        made = self._made.get(key) or make_outlook(state, self._catalogue.read_model(row), None)
        self._made[key] = made
        while len(self._made) > _KEPT:
            self._made.popitem(last=False)
        return made
