"""What the drift gate is worth on the sample market: `python benchmarks/drift.py [HISTORIES]`.

Needs no server. False alarms: histories whose blocks of a year are put into another order, so that calm and stormy
years stay whole and nothing new comes at the end; every check of the last window counts. Power: the same histories with
a regime planted into their last 60 sessions. Prints the measured beside the promised, and exits with 1 when more than
three times as many false alarms come as are promised.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from bokeh_sampledata import stocks
from numpy.typing import NDArray

from backend.monitor.drift.columns import Rows, make_rows
from backend.monitor.drift.gate import Gate
from backend.settings import DriftSettings

TICKERS = ("AAPL", "GOOG", "IBM", "MSFT")
BLOCK = 252
WINDOW = 60
GAP = 20
"""Sessions that a training can't learn from yet: their outcomes are not known."""

TOLERANCE = 3
HISTORIES = 25
PRICES = ("open", "high", "low", "close")

Floats = NDArray[np.float64]
Plant = Callable[[Floats, np.random.Generator], Floats]
"""Daily log returns of the planted sessions, from those that were there."""


def bars_of(ticker: str) -> pd.DataFrame:
    """Bars of the sample market."""
    data = getattr(stocks, ticker)
    names = (*PRICES, "adj_close", "volume")
    return pd.DataFrame({"session": pd.to_datetime(data["date"]), **{name: data[name] for name in names}})


def louder(factor: float) -> Plant:
    """More volatility."""
    return lambda returns, _: returns * factor


def trending(shift: float) -> Plant:
    """A mean return of so many standard deviations a session."""
    return lambda returns, _: returns + shift * returns.std()


def autoregressive(coefficient: float) -> Plant:
    """Returns that run on (above 0) or turn back (below 0), no louder than before."""

    def plant(returns: Floats, _: np.random.Generator) -> Floats:
        found = np.zeros(len(returns) + 1)
        for t, shock in enumerate(returns):
            found[t + 1] = coefficient * found[t] + np.sqrt(1 - coefficient**2) * shock
        return found[1:]

    return plant


PLANTS: dict[str, Plant] = {
    "volatility x 2": louder(2),
    "volatility x 3": louder(3),
    "trend 0.3 sd": trending(0.3),
    "trend 0.5 sd": trending(0.5),
    "trend 1 sd": trending(1.0),
    "AR(1) +0.4": autoregressive(0.4),
    "AR(1) -0.4": autoregressive(-0.4),
    "AR(1) +0.6": autoregressive(0.6),
    "AR(1) +0.8": autoregressive(0.8),
}


def permuted(bars: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The same sessions, year by year in another order; the circle is cut at another place each time."""
    n = len(bars) - 1
    start = int(rng.integers(n))
    days = (np.arange(n) + start) % n + 1
    blocks = np.array_split(days, max(1, n // BLOCK))
    order = np.concatenate([blocks[i] for i in rng.permutation(len(blocks))])
    returns = np.diff(np.log(bars["adj_close"].to_numpy()))[order - 1]
    return rebuilt(bars, returns, order)


def rebuilt(bars: pd.DataFrame, returns: Floats, order: NDArray[np.int_]) -> pd.DataFrame:
    """Bars of the sessions `order` with other returns: each keeps its shape around the close."""
    close = 100 * np.exp(np.cumsum(returns))
    old = bars.iloc[order]
    columns = {name: close * (old[name] / old["close"]).to_numpy() for name in PRICES}
    turnover = (old["volume"] * old["close"]).to_numpy()
    sessions = bars["session"].iloc[-len(order) :].to_numpy()
    return pd.DataFrame({"session": sessions, **columns, "adj_close": close, "volume": turnover / close})


def planted(bars: pd.DataFrame, plant: Plant, rng: np.random.Generator) -> pd.DataFrame:
    """The bars with other returns in the last window."""
    returns = np.diff(np.log(bars["adj_close"].to_numpy()), prepend=np.log(100))
    before = returns[-WINDOW:].std()
    returns[-WINDOW:] = plant(returns[-WINDOW:], rng)
    changed = rebuilt(bars, returns, np.arange(len(bars)))
    # The range within a session follows what the sessions themselves do.
    wider = returns[-WINDOW:].std() / before
    for name in ("open", "high", "low"):
        inside = np.log((changed[name] / changed["close"]).to_numpy())
        inside[-WINDOW:] *= wider
        changed[name] = changed["close"] * np.exp(inside)
    return changed.assign(session=bars["session"].to_numpy())


def part(rows: Rows, where: slice) -> Rows:
    """Some neighbouring rows."""
    return Rows(rows.sessions[where], rows.values[where])


def measure(ticker: str, histories: int, rate: float) -> pd.DataFrame:
    """One line a history: the alarms without and with what was planted."""
    rng = np.random.default_rng(int.from_bytes(ticker.encode(), "big") % 2**32)
    bars, found = bars_of(ticker), []
    for _ in range(histories):
        shuffled = permuted(bars, rng)
        rows = make_rows(shuffled)
        started = time.perf_counter()
        gate = Gate(part(rows, slice(0, -WINDOW - GAP)), WINDOW, rate)
        calibrated = time.perf_counter()
        alarm = gate.check(part(rows, slice(-WINDOW, None))).drifted
        checked = time.perf_counter()
        alarms = {
            name: gate.check(part(make_rows(planted(shuffled, plant, rng)), slice(-WINDOW, None))).drifted
            for name, plant in PLANTS.items()
        }
        found.append(
            {
                "ticker": ticker,
                "false alarm": alarm,
                "stated": gate.calibration.false_alarm_rate,
                "calibrate ms": 1000 * (calibrated - started),
                "check ms": 1000 * (checked - calibrated),
                **alarms,
            }
        )
    return pd.DataFrame(found)


def report(found: pd.DataFrame, alarms: int, n: int, rate: float) -> list[str]:
    """What was measured, line by line."""
    low, middle, high = found["stated"].quantile([0.1, 0.5, 0.9])
    milliseconds = found[["calibrate ms", "check ms"]].median()
    lines = [
        f"{n} permuted histories of {', '.join(TICKERS)}; windows of {WINDOW} sessions",
        f"false alarms: {alarms} = {alarms / n:.1%}; promised {rate:.1%}",
        f"stated by each calibration of its own history: {low:.1%}, {middle:.1%}, {high:.1%} (10, 50, 90 % quantiles)",
        "calibrate {:.0f} ms once a model, check {:.1f} ms (medians)".format(*milliseconds),
        "found of what was planted into the window:",
    ]
    for name in PLANTS:
        shares = found.groupby("ticker")[name].mean()
        by_ticker = "  ".join(f"{ticker} {share:4.0%}" for ticker, share in shares.items())
        lines.append(f"  {name:16} {found[name].mean():4.0%}   {by_ticker}")
    return lines


def main() -> int:
    """Measure and print."""
    histories = int(sys.argv[1]) if len(sys.argv) > 1 else HISTORIES
    rate = DriftSettings().drift_false_alarm_rate
    found = pd.concat([measure(ticker, histories, rate) for ticker in TICKERS])
    alarms, n = int(found["false alarm"].sum()), len(found)
    sys.stdout.write("\n".join(report(found, alarms, n, rate)) + "\n")
    return 1 if alarms / n > TOLERANCE * rate else 0


if __name__ == "__main__":
    sys.exit(main())
