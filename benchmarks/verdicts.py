"""Does the verdict keep its promise? `python benchmarks/verdicts.py`.

Simulated series go through the functions that trainings run, with the default model. On random walks nothing can be
forecast: no more than 8 % may be called better than naive. On returns with an autocorrelation of 0.3 a linear model
can forecast, and at least 90 % must be. Needs no server; exits with 1 when a promise is broken.
"""

import sys

import numpy as np
import pandas as pd

from backend.src.training.assessment import walk
from backend.src.training.evaluation import Competition, horizon_record
from backend.src.training.recipe import Recipe
from backend.src.training.request import TrainRequest

SERIES = 200
SESSIONS = 2000
PHI = 0.3
MOST_FALSE = 0.08
FEWEST_FOUND = 0.90


def bars_of(returns: "np.ndarray[tuple[int], np.dtype[np.float64]]", rng: np.random.Generator) -> pd.DataFrame:
    """Bars whose close follows the returns; what is within a session is made of noise."""
    close = 100 * np.exp(np.cumsum(returns))
    opened = close * np.exp(rng.normal(0, 0.005, len(close)))
    spread = np.abs(rng.normal(0, 0.005, (2, len(close))))
    high, low = np.maximum(opened, close) * np.exp(spread[0]), np.minimum(opened, close) * np.exp(-spread[1])
    sessions = pd.bdate_range("2015-01-01", periods=len(close))
    volume = rng.lognormal(15, 0.3, len(close)).round()
    return pd.DataFrame(
        {"session": sessions, "open": opened, "high": high, "low": low, "close": close, "adj_close": close}
    ).assign(volume=volume)


def is_called_better(phi: float, seed: int) -> bool:
    """Whether the next session's forecasts of one simulated series get the verdict "better than naive"."""
    rng = np.random.default_rng(seed)
    returns = rng.normal(0, 0.015, SESSIONS)
    for t in range(1, SESSIONS):
        returns[t] += phi * returns[t - 1]
    request = TrainRequest(ticker="SIM")
    walked = walk(bars_of(returns, rng), request, Recipe(request), Competition(), lambda *_: None)
    (rows,) = walked.graded([1])
    return bool(horizon_record(rows, 1, request.seed, is_naive=False)["better_than_naive"])


def share_called_better(phi: float) -> float:
    """The share of simulated series with that verdict."""
    return sum(is_called_better(phi, seed) for seed in range(SERIES)) / SERIES


def main() -> int:
    """Simulate, print, judge."""
    false, found = share_called_better(0.0), share_called_better(PHI)
    print(f"{SERIES} random walks of {SESSIONS} sessions: {false:.1%} called better than naive (<= {MOST_FALSE:.0%})")
    print(f"{SERIES} AR(1) returns, phi = {PHI}: {found:.1%} called better than naive (>= {FEWEST_FOUND:.0%})")
    return 0 if false <= MOST_FALSE and found >= FEWEST_FOUND else 1


if __name__ == "__main__":
    sys.exit(main())
