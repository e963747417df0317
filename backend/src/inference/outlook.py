"""All forecasts that a ticker's last bar and champion allow: computed once, then only looked up."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from backend.src.features.bands import Tracked
from backend.src.features.served import NAIVE, as_served
from backend.src.features.windows import Floats
from backend.src.inference.forecast import Forecast, RealisedCoverage
from backend.src.inference.live_bands import model_bands, naive_bands
from backend.src.inference.market_state import MarketState
from backend.src.inference.served_model import ServedModel
from bellwether_contracts.events import Band
from bellwether_contracts.market import GRADED_HORIZONS, MAX_HORIZON, graded_horizon

Outlook = tuple[Forecast, ...]
"""One forecast a session ahead: the next one first."""


def make_outlook(
    state: MarketState, model: ServedModel | None, reason: str | None, tracked: Tracked | None = None
) -> Outlook:
    """Forecast every session ahead.

    Args:
        state: The ticker as of its last bar.
        model: Who serves, or None: then the naive forecast stands in.
        reason: Why the forecasts are degraded; None when they are not.
        tracked: The model's bands as of the last bar, where they are known; else they are tracked through the bars.
    """
    if model is None:
        return _naive(state, reason or "no champion")
    returns = as_served(model.predict(state.features)[0], model.serves())
    if not np.isfinite(returns).all():
        return _naive(state, f"model {model.model_id} answered with something that is no number")
    return _outlook(state, returns, tracked or model_bands(state.bars, model), model, reason)


def champions_outlook(
    state: MarketState, models: Mapping[int, ServedModel], reasons: Mapping[int, str | None]
) -> Outlook:
    """Forecast every session ahead by the champion of its graded horizon.

    Args:
        state: The ticker as of its last bar.
        models: The champions, by graded horizon; naive stands in where there is none.
        reasons: Why the forecasts are degraded, by graded horizon.
    """
    made: dict[tuple[int | None, str | None], Outlook] = {}
    by_horizon = {}
    for horizon in GRADED_HORIZONS:
        model, reason = models.get(horizon), reasons.get(horizon)
        key = (model.model_id if model else None, reason)
        if key not in made:
            made[key] = make_outlook(state, model, reason)
        by_horizon[horizon] = made[key]
    return tuple(by_horizon[graded_horizon(each.horizon)][i] for i, each in enumerate(by_horizon[1]))


def _naive(state: MarketState, reason: str) -> Outlook:
    return _outlook(state, np.zeros(MAX_HORIZON), naive_bands(state.bars), None, reason)


def _outlook(
    state: MarketState, returns: Floats, tracked: Tracked, model: ServedModel | None, reason: str | None
) -> Outlook:
    half_width, realised = tracked.newest(), tracked.recent()
    horizons = range(1, min(len(state.sessions), MAX_HORIZON) + 1)
    return tuple(
        Forecast(
            ticker=state.ticker,
            exchange=state.exchange,
            currency=state.currency,
            source=state.source,
            last_session=state.last_session,
            last_close=state.last_close,
            target_session=state.sessions[h - 1],
            horizon=h,
            predicted_close=_price(state, returns[h - 1]),
            naive_close=state.last_close,
            bands=_bands(state, tracked.levels, returns[h - 1], half_width[:, h - 1]),
            realised=_realised(tracked.levels, *realised, h),
            model_id=model.model_id if model else None,
            model_version=model.version if model else None,
            model_type=model.model_type if model else NAIVE,
            skill=model.skills[h - 1] if model else None,
            serves=model.findings[graded_horizon(h)].serves if model else NAIVE,
            serves_reason=model.findings[graded_horizon(h)].reason if model else reason or "",
            degraded=reason is not None,
            degraded_reason=reason,
        )
        for h in horizons
    )


def _price(state: MarketState, log_return: float) -> float:
    return state.last_close * float(np.exp(log_return))


def _bands(state: MarketState, levels: tuple[int, ...], log_return: float, half_width: Floats) -> tuple[Band, ...]:
    return tuple(
        Band(coverage=level, lower=_price(state, log_return - width), upper=_price(state, log_return + width))
        for level, width in zip(levels, half_width, strict=True)
    )


def _realised(levels: tuple[int, ...], share: Floats, rows: NDArray[np.int_], h: int) -> tuple[RealisedCoverage, ...]:
    sessions = int(rows[h - 1])
    return tuple(
        RealisedCoverage(level, float(share[i, h - 1]) if sessions else None, sessions)
        for i, level in enumerate(levels)
    )
