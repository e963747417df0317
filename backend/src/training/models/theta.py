"""The Theta method on the log price."""

from typing import Self

import numpy as np
from pydantic import Field

from backend.src.training.models.base import ForecastModel, Inputs, ModelParams, Returns
from backend.src.training.models.linear_graph import Floats, linear_graph

_PAST_RETURNS = ("return_1", "return_1_lag_1", "return_1_lag_2", "return_1_lag_3")
_SUM_OF_PAST = "return_5"


class ThetaParams(ModelParams):
    """How much of the newest price goes into the level, at least.

    A feature row holds the last five returns. With 0.5 or more the level hangs on older ones by less than 2 % each.
    """

    min_alpha: float = Field(default=0.5, ge=0.5, le=1)


class ThetaModel(ForecastModel):
    """Simple exponential smoothing of the log price, with half the slope of its trend.

    Hyndman and Billah (2003) show that the Theta method of Assimakopoulos and Nikolopoulos (2000) is just that. The
    distance of the level from the last price is a weighted sum of past returns, so the forecast is linear in the
    features.
    """

    name = "theta"
    Params = ThetaParams
    libraries = ("scipy", "onnx")
    tolerance = 1e-7

    def fit(self, x: Inputs, y: Returns) -> Self:
        """Smoothing weight and slope from the path of the price that the one-session returns draw."""
        price = np.concatenate([[0.0], np.cumsum(y[:, 0])])
        alpha = smoothing_weight(price, self.params.min_alpha)
        slope = np.polyfit(np.arange(len(price)), price, 1)[0]
        ahead = np.arange(y.shape[1])
        self._intercept = slope / 2 * (ahead + 1 / alpha)
        self._coefficients = np.tile(_level_weights(alpha, x.shape[1])[:, None], (1, y.shape[1]))
        return self

    def predict(self, x: Inputs) -> Returns:
        """Forecast [n, H] log returns."""
        return np.asarray(x.astype(np.float64) @ self._coefficients + self._intercept)

    def to_onnx(self) -> bytes:
        """The linear form."""
        return linear_graph(self.name, self._coefficients, self._intercept)


def smoothing_weight(price: Floats, least: float) -> float:
    """The weight in [least, 1] whose exponential smoothing forecasts the next value best, in squared error.

    Args:
        price: [n] log prices; the first is the level to begin with.
        least: The smallest weight allowed.
    """
    from scipy.optimize import minimize_scalar
    from scipy.signal import lfilter

    change = np.diff(price)

    def squared_error(alpha: float) -> float:
        # The error of the next forecast is the change, and what of the last error the level did not follow.
        error = lfilter([1.0], [1.0, alpha - 1.0], change)
        return float(error @ error)

    found = minimize_scalar(squared_error, bounds=(least, 1.0), method="bounded") if least < 1 else None
    return 1.0 if found is None else float(found.x)


def _level_weights(alpha: float, n_features: int) -> Floats:
    """How the level's distance from the last price depends on each feature: [F].

    It is minus the sum of (1 - alpha)^(k + 1) times the return k sessions ago. The fifth return is the sum of five
    less the four that have a column of their own.
    """
    from backend.src.features.pipeline import FEATURE_NAMES  # it brings pandas, which the API does without

    decay = (1 - alpha) ** np.arange(1, len(_PAST_RETURNS) + 2)
    weights = np.zeros(n_features)
    for name, weight in zip(_PAST_RETURNS, decay, strict=False):
        weights[FEATURE_NAMES.index(name)] = decay[-1] - weight
    weights[FEATURE_NAMES.index(_SUM_OF_PAST)] = -decay[-1]
    return weights
