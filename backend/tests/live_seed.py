"""Live forecasts of made-up models, served and in shadow, with bars that answer them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import delete

from backend.src.data.monitor_orm import Alert
from backend.src.data.orm import Model
from backend.src.runtime import Runtime
from backend.tests import score_seed
from backend.tests.ml_seed import Market


def market_of(stack: Market, sessions: int = 200) -> tuple[str, pd.DataFrame]:
    """A ticker whose bars are held, later than every made-up walk-forward."""
    ticker, bars = stack.ticker(), score_seed.random_bars(sessions)
    stack.hold(ticker, bars)
    return ticker, bars


def returns(bars: pd.DataFrame, horizon: int = 1) -> Any:
    """[n - horizon] log returns that come."""
    close = np.log(bars["close"].to_numpy())
    return close[horizon:] - close[:-horizon]


def answer(
    stack: Market, bars: pd.DataFrame, model: Model, forecast: Any, sessions: slice, horizon: int = 1, **values: Any
) -> None:
    """Live forecasts by a model over some sessions of the bars, made now: log returns, one or one a session."""
    every = score_seed.rows(bars, model.ticker, horizon, forecast, model_id=model.id, **values)
    made = values.get("made_at", datetime.now(UTC) + timedelta(seconds=1))
    score_seed.record(stack.runtime, every.iloc[sessions].assign(made_at=made))


def clear_alerts(runtime: Runtime, tickers: list[str]) -> None:
    """Take the alerts about made-up tickers away."""
    with runtime.meta_sessions.begin() as session:
        session.execute(delete(Alert).where(Alert.subject.in_(tickers)))
