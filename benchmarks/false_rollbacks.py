"""How often a harmless champion is rolled back, and how soon a harmful one: `python benchmarks/false_rollbacks.py`.

Needs no server. Returns have fat tails and a volatility that comes in clusters; forecasts persist as those of several
sessions do. A harmless model errs exactly as much as "no change"; a harmful one forecasts noise, or 10 % every time.
Every session is a look, for a year (two at 20 sessions).
"""

import statistics

import numpy as np
from numpy.typing import NDArray

from backend.monitor.rollback import ALPHA
from backend.src.training.sequential import harm_values

Floats = NDArray[np.float64]

SERIES = 400
FACTOR, SESSIONS = 1.25, 5
DAILY = 0.015


def market(rng: np.random.Generator, n: int, horizon: int) -> Floats:
    """[n] log returns over `horizon` sessions."""
    shocks = rng.normal(0, 0.15, n + horizon)
    level = np.zeros(n + horizon)
    for t in range(1, n + horizon):
        level[t] = 0.95 * level[t - 1] + shocks[t]
    daily = DAILY * np.exp(level) * rng.standard_t(4, n + horizon) / np.sqrt(2)
    total = np.concatenate([[0.0], np.cumsum(daily)])
    return np.asarray(total[horizon : horizon + n] - total[:n])


def noise(rng: np.random.Generator, n: int, horizon: int, size: float) -> Floats:
    """[n] forecasts, `size` times as large as the returns; neighbours are alike over several sessions."""
    persistence = 1 - 1 / horizon
    draws = rng.normal(size=n)
    made = draws.copy()
    for t in range(1, n):
        made[t] = persistence * made[t - 1] + np.sqrt(1 - persistence**2) * draws[t]
    return np.asarray(size * DAILY * np.sqrt(horizon) * made)


def rolled_back_after(forecast: Floats, actual: Floats, horizon: int, needed: float) -> int | None:
    """The session at which the rule calls a model bad, if ever."""
    ratio = np.cumsum(np.abs(actual - forecast)) / np.cumsum(np.abs(actual))
    bad = (ratio > FACTOR) & (harm_values(forecast, actual, horizon) >= needed)
    bad[: SESSIONS - 1] = False
    return int(np.argmax(bad)) + 1 if bad.any() else None


def false_rollbacks(horizon: int, size: float, needed: float) -> float:
    """The share of harmless models that are ever called bad."""
    rng, n = np.random.default_rng(20261121), 500 if horizon == 20 else 250
    wrong = 0
    for _ in range(SERIES):
        forecast = noise(rng, n, horizon, size)
        wrong += rolled_back_after(forecast, forecast / 2 + market(rng, n, horizon), horizon, needed) is not None
    return wrong / SERIES


def found(horizon: int, size: float | None) -> str:
    """How many harmful models are found, and after how many sessions (median); None is 10 % every time."""
    rng, n = np.random.default_rng(7), 500 if horizon == 20 else 250
    after = []
    for _ in range(100):
        forecast = np.full(n, 0.1) if size is None else noise(rng, n, horizon, size)
        after.append(rolled_back_after(forecast, market(rng, n, horizon), horizon, 1 / ALPHA))
    sessions = [each for each in after if each is not None]
    return f"{len(sessions)} % after {statistics.median(sessions):.0f}" if sessions else "none"


def main() -> None:
    """Measure and print."""
    print(f"{'harmless models rolled back':<36}{'ratio alone':>14}{'the rule':>12}")  # noqa: T201
    for horizon in (1, 5, 20):
        for size in (0.1, 0.3, 1.0):
            name = f"{horizon} sessions ahead, size {size:g}"
            alone, rule = (false_rollbacks(horizon, size, needed) for needed in (0.0, 1 / ALPHA))
            print(f"{name:<36}{100 * alone:>12.1f} %{100 * rule:>10.1f} %")  # noqa: T201
    print("harmful models found in the time, and after how many sessions (median)")  # noqa: T201
    for horizon in (1, 5, 20):
        for size in (1.0, 4.0, None):
            name = f"{horizon} sessions ahead, " + ("10 % every time" if size is None else f"noise of size {size:g}")
            print(f"{name:<36}{found(horizon, size):>20}")  # noqa: T201


if __name__ == "__main__":
    main()
