"""A toy: hold the stock for a session when its return is forecast above zero, else hold nothing. No advice."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backend.src.data.evaluation_files import OutOfSample

COST: Final = 0.0005
"""Of the value, each time the position changes: half a spread and a fee of 5 basis points together."""

POINTS: Final = 200
"""Of the curve that is kept: enough to draw."""

Floats = NDArray[np.float64]


def long_flat(tested: OutOfSample) -> dict[str, Any]:
    """The toy's value through time beside buy-and-hold's, both from 1.

    Args:
        tested: Rows whose next session's return is known.
    """
    returns, held = tested.actual[:, 0], tested.forecast[:, 0] > 0
    switches = np.diff(held.astype(int), prepend=0) != 0
    value = np.exp(np.cumsum(np.where(held, returns, 0.0) + np.log1p(-COST) * switches))
    hold = np.exp(np.cumsum(returns) + np.log1p(-COST))
    return {
        "label": "No advice: a toy that ignores taxes, dividends' timing and market impact",
        "cost_per_switch": COST,
        "switches": int(switches.sum()),
        "turnover_per_year": float(switches.mean() * 252),
        "share_invested": float(held.mean()),
        "final_value": float(value[-1]),
        "buy_and_hold_final_value": float(hold[-1]),
        "curve": _thinned(tested, value, hold),
    }


def _thinned(tested: OutOfSample, value: Floats, hold: Floats) -> list[dict[str, Any]]:
    rows = np.unique(np.linspace(0, len(value) - 1, min(POINTS, len(value))).round().astype(int))
    return [
        {"session": str(tested.sessions[row].date()), "value": float(value[row]), "buy_and_hold": float(hold[row])}
        for row in rows
    ]
