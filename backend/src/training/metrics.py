"""Error measures of forecast log returns: the price that a return starts from cancels in each, or is known."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CONFIDENCE = 0.95


def mae(forecast: Floats, actual: Floats) -> float:
    """Mean absolute error."""
    return float(np.abs(actual - forecast).mean())


def rmse(forecast: Floats, actual: Floats) -> float:
    """Root mean squared error."""
    return float(np.sqrt(np.square(actual - forecast).mean()))


def mase(forecast: Floats, actual: Floats, scale: Floats) -> float:
    """Mean absolute scaled error (Hyndman and Koehler 2006) with a seasonality of one session.

    Args:
        forecast: [n] log returns.
        actual: [n] log returns that came.
        scale: [n] in-sample MAE of the one-step naive forecast of the rows that each forecast was learned from.
    """
    return float((np.abs(actual - forecast) / scale).mean())


def smape(forecast: Floats, actual: Floats) -> float:
    """Symmetric mean absolute percentage error of the prices, 2 |f - a| / (f + a), as a share from 0 to 2.

    Both prices are the last close times the exponential of a return: the close cancels.
    """
    return float((2 * np.tanh(np.abs(forecast - actual) / 2)).mean())


def theil_u(forecast: Floats, actual: Floats) -> float | None:
    """Theil's U: RMSE as a share of naive's. None where the price never moved."""
    naive = rmse(np.zeros_like(actual), actual)
    return rmse(forecast, actual) / naive if naive else None


def pinball(quantile: Floats, actual: Floats, probability: float) -> Floats:
    """Pinball loss of forecast quantiles, one value a row."""
    miss = actual - quantile
    return np.asarray(np.maximum(probability * miss, (probability - 1) * miss))


def band_pinball(forecast: Floats, half_width: Floats, actual: Floats, level: int) -> float:
    """Mean pinball loss of both edges of a band that claims `level` percent."""
    tail = (100 - level) / 200
    low = pinball(forecast - half_width, actual, tail)
    high = pinball(forecast + half_width, actual, 1 - tail)
    return float((low + high).mean() / 2)


def direction(forecast: Floats, actual: Floats, horizon: int) -> tuple[float | None, list[float] | None]:
    """The share of directions that were right and its 95 % interval; None where no direction was forecast.

    Returns over h sessions that begin on neighbouring sessions share h - 1 of them: n of them count as n / h tosses.
    """
    told = (forecast != 0) & (actual != 0)
    if not told.any():
        return None, None
    right = float((np.sign(forecast[told]) == np.sign(actual[told])).mean())
    return right, wilson_interval(right, max(told.sum() / horizon, 1.0))


def wilson_interval(share: float, tosses: float) -> list[float]:
    """The 95 % interval of a binomial share (Wilson 1927)."""
    from scipy.special import ndtri  # scipy.stats would cost a second of import for the same function

    z = float(ndtri((1 + CONFIDENCE) / 2))
    spread = z * np.sqrt(share * (1 - share) / tosses + z**2 / (4 * tosses**2))
    centre, scale = share + z**2 / (2 * tosses), 1 + z**2 / tosses
    return [float((centre - spread) / scale), float((centre + spread) / scale)]
