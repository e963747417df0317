"""All forecasts that a ticker's last bar and champion allow: computed once, then only looked up."""

import numpy as np
from numpy.typing import NDArray

from backend.src.features.bands import Bands
from backend.src.inference.forecast import Forecast
from backend.src.inference.market_state import MarketState
from backend.src.inference.served_model import ServedModel
from bellwether_contracts.events import Band
from bellwether_contracts.market import MAX_HORIZON

Outlook = tuple[Forecast, ...]
"""One forecast a session ahead: the next one first."""

NAIVE = "naive"


def make_outlook(state: MarketState, model: ServedModel | None, reason: str | None) -> Outlook:
    """Forecast every session ahead.

    Args:
        state: The ticker as of its last bar.
        model: The champion, or None: then the naive forecast stands in.
        reason: Why the forecasts are degraded; None when they are not.
    """
    if model is None:
        return _naive(state, reason or "no champion")
    returns = model.predict(state.features)[0]
    if not np.isfinite(returns).all():
        return _naive(state, f"model {model.model_id} answered with something that is no number")
    return tuple(_forecast(state, h, float(returns[h - 1]), model.bands, model, reason) for h in _horizons(state))


def _naive(state: MarketState, reason: str) -> Outlook:
    return tuple(_forecast(state, h, 0.0, state.naive_bands, None, reason) for h in _horizons(state))


def _horizons(state: MarketState) -> range:
    return range(1, min(len(state.sessions), MAX_HORIZON) + 1)


def _forecast(
    state: MarketState, h: int, log_return: float, bands: Bands, model: ServedModel | None, reason: str | None
) -> Forecast:
    return Forecast(
        ticker=state.ticker,
        exchange=state.exchange,
        currency=state.currency,
        source=state.source,
        last_session=state.last_session,
        last_close=state.last_close,
        target_session=state.sessions[h - 1],
        horizon=h,
        predicted_close=state.last_close * float(np.exp(log_return)),
        naive_close=state.last_close,
        bands=_prices(state.last_close, log_return, bands, h),
        model_id=model.model_id if model else None,
        model_version=model.version if model else None,
        model_type=model.model_type if model else NAIVE,
        skill=model.skills[h - 1] if model else None,
        degraded=reason is not None,
        degraded_reason=reason,
    )


def _prices(last_close: float, log_return: float, bands: Bands, h: int) -> tuple[Band, ...]:
    return tuple(_band(level, last_close * np.exp(log_return + bands[level][h - 1])) for level in bands)


def _band(level: int, interval: NDArray[np.float64]) -> Band:
    return Band(coverage=level, lower=float(interval[0]), upper=float(interval[1]))
