"""Made-up bars and forecasts of them, with the arithmetic of the scorecard as a plain loop."""

import math
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd

from backend.src.data.orm import Snapshot
from backend.src.runtime import Runtime
from backend.tests.ml_seed import Market
from bellwether_contracts.tables import PREDICTION_COLUMNS, PREDICTIONS

BAND = {50: 0.01, 80: 0.02, 95: 0.04}


def random_bars(n: int, seed: int = 1) -> pd.DataFrame:
    """A random walk with daily steps of 2 %."""
    close = 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.02, n)))
    return _bars(close)


def _bars(close: Any) -> pd.DataFrame:
    sessions = pd.bdate_range("2020-01-02", periods=len(close))
    flat = dict.fromkeys(("open", "high", "low", "close", "adj_close"), close)
    return pd.DataFrame({"session": sessions, **flat, "volume": 1000, "dividend": 0.0, "split_ratio": 1.0})


def rows(bars: pd.DataFrame, ticker: str, horizon: int, returns: Any, **values: Any) -> pd.DataFrame:
    """A forecast at every bar that has `horizon` bars after it, of the log returns given (a number or one each)."""
    n = len(bars) - horizon
    last = bars["close"].to_numpy()[:n]
    predicted = last * np.exp(returns)
    frame = pd.DataFrame(
        {
            "prediction_id": [uuid4() for _ in range(n)],
            "made_at": bars["session"].iloc[:n] + pd.Timedelta(hours=21),
            "ticker": ticker,
            "exchange": "XNAS",
            "source": "sample",
            "last_session": bars["session"].dt.date.iloc[:n],
            "target_session": bars["session"].dt.date.iloc[horizon:].to_numpy(),
            "horizon": horizon,
            "last_close": last,
            "predicted_close": predicted,
            "naive_close": last,
            "model_id": 1,
            "model_version": 1,
            "model_type": "ridge",
            "degraded": False,
            "degraded_reason": None,
            "served_by": "tests",
            "request_id": "tests",
            "task_id": None,
            "shadow": False,
            "serves": "model",
        }
    )
    for level, width in BAND.items():
        frame[f"lower_{level}"] = predicted * math.exp(-width)
        frame[f"upper_{level}"] = predicted * math.exp(width)
    return frame.assign(**values)


def record(runtime: Runtime, forecasts: pd.DataFrame) -> None:
    """Store forecasts as ws_monitor does: by the names of its columns."""
    extra = [name for name in ("replayed", "variant") if name in forecasts]
    runtime.clickhouse.insert_df(PREDICTIONS, forecasts[[*PREDICTION_COLUMNS, *extra]])


def correct(market: Market, bars: pd.DataFrame, held: Snapshot) -> None:
    """Store bars again as a newer version of themselves."""
    market.insert(bars, market.runtime.snapshots.put(bars, held.ticker, held.exchange, held.source))


def by_hand(bars: pd.DataFrame, forecasts: Iterable[Mapping[Any, Any]]) -> dict[str, Any]:
    """The scorecard of one model at one horizon, forecast by forecast."""
    adjusted = dict(zip(bars["session"].dt.date, bars["adj_close"], strict=True))
    order = list(adjusted)
    misses, changes, scaled, hits, inside = [], [], [], [], {level: [] for level in BAND}  # type: ignore[var-annotated]
    for row in forecasts:
        if row["target_session"] not in adjusted:
            continue
        actual = row["last_close"] * adjusted[row["target_session"]] / adjusted[row["last_session"]]
        past = [adjusted[day] for day in order[: order.index(row["last_session"]) + 1]]
        steps = [abs(math.log(after / before)) for before, after in pairwise(past)]
        misses.append(math.log(actual / row["predicted_close"]))
        changes.append(math.log(actual / row["naive_close"]))
        if steps:
            scaled.append(abs(misses[-1]) / (sum(steps) / len(steps)))
        if row["predicted_close"] != row["naive_close"]:
            hits.append((row["predicted_close"] > row["naive_close"]) == (actual > row["naive_close"]))
        for level in BAND:
            inside[level].append(row[f"lower_{level}"] <= actual <= row[f"upper_{level}"])
    return {"misses": misses, "changes": changes, "scaled": scaled, "hits": hits, "inside": inside}
