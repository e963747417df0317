"""The bands of today: tracked through every forecast that the past can be asked for, without hindsight."""

import numpy as np
import pandas as pd

from backend.src.features.bands import Tracked, track_bands
from backend.src.features.pipeline import LOOKBACK, make_features, make_targets
from backend.src.features.served import as_served
from backend.src.features.volatility import ewma_sigma, har_inputs, har_sigma, range_variance
from backend.src.inference.served_model import ServedModel
from bellwether_contracts.market import MAX_HORIZON

_FIRST = LOOKBACK - 1


def naive_bands(bars: pd.DataFrame) -> Tracked:
    """Bands around "no change" from past returns alone.

    Args:
        bars: A ticker's whole series, columns `BAR_COLUMNS`.
    """
    actual = make_targets(bars).to_numpy()[_FIRST:]
    daily = np.diff(np.log(bars["adj_close"].to_numpy(np.float64)), prepend=np.nan)
    return track_bands(np.zeros_like(actual), actual, ewma_sigma(daily, MAX_HORIZON)[_FIRST:])


def model_bands(bars: pd.DataFrame, model: ServedModel) -> Tracked:
    """Bands around a model's forecasts, as they are served.

    The rows of its walk-forward were forecast by earlier fits that had not seen them; the model itself forecasts those
    after its training data.

    Args:
        bars: A ticker's whole series, columns `BAR_COLUMNS`.
        model: The model that serves.
    """
    features = make_features(bars)
    sessions = pd.DatetimeIndex(features.index)
    tested = model.out_of_sample
    later = sessions > tested.sessions[-1]
    where = tested.sessions.get_indexer(sessions)
    rows = (where >= 0) | later
    forecast = model.predict(features.to_numpy())
    sigma = har_sigma(har_inputs(range_variance(bars))[_FIRST:], model.har)
    newest = sigma[-1].copy()
    walked = np.flatnonzero(where >= 0)
    forecast[walked], sigma[walked] = tested.forecast[where[walked]], tested.sigma[where[walked]]
    sigma[-1] = newest  # that row is forecast by the model itself, whatever its date
    actual = make_targets(bars).to_numpy()[_FIRST:]
    return track_bands(as_served(forecast[rows], model.serves()), actual[rows], sigma[rows])
