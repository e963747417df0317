"""Is the volatility model worth having? The next session's log variance by HAR, EWMA, GARCH and "as today"."""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.src.data.evaluation_files import Floats
from backend.src.features.volatility import EWMA_DECAY, fit_har
from backend.src.training.splits import Fold
from backend.src.training.walk_forward import TrainingRows

_PERCENT = 100.0
"""GARCH's optimiser is made for returns in percent."""

_ROUNDING = 1e-9
"""A log variance that changes by less has not changed."""


def volatility_comparison(rows: TrainingRows, folds: Sequence[Fold]) -> dict[str, float] | None:
    """RMSE of the next session's log Garman-Klass variance, out of sample, as a share of naive's.

    EWMA and GARCH are given their best constant on the log scale, learned from each fold's training rows: they
    forecast a mean variance, and GARCH one that has the night in it.

    Returns:
        None where the variance never changes.
    """
    errors = [_fold_errors(rows, fold) for fold in folds]
    rmse = {name: float(np.sqrt(np.square(np.concatenate([e[name] for e in errors])).mean())) for name in errors[0]}
    naive = rmse["naive"]
    return {name: value / naive for name, value in rmse.items()} if naive > _ROUNDING else None


def _fold_errors(rows: TrainingRows, fold: Fold) -> dict[str, Floats]:
    learn, test = fold.train_rows, fold.test_rows
    target, newest = rows.har_y[:, 0], rows.har_x[:, 1]
    forecasts = {
        "har": rows.har_x @ fit_har(rows.har_x[learn], rows.har_y[learn, :1])[:, 0],
        "ewma": _unbiased(_log_ewma(newest), target, learn),
    }
    garch = _log_garch(rows, fold)
    if garch is not None:
        forecasts["garch"] = _unbiased(garch, target, learn)
    forecasts["naive"] = newest
    return {name: target[test] - forecast[test] for name, forecast in forecasts.items()}


def _unbiased(forecast: Floats, target: Floats, learn: NDArray[np.int_]) -> Floats:
    return np.asarray(forecast + (target[learn] - forecast[learn]).mean())


def _log_ewma(log_variance: Floats) -> Floats:
    return np.asarray(np.log(pd.Series(np.exp(log_variance)).ewm(alpha=1 - EWMA_DECAY).mean().to_numpy()))


def _log_garch(rows: TrainingRows, fold: Fold) -> Floats | None:
    """GARCH(1,1) (Bollerslev 1986) with the fold's parameters run through all rows; None where it can't be fitted."""
    from arch.univariate import arch_model  # 1.5 s and 40 MB: only a process that trains pays for them

    # The return known at each row is the label of the row before; that before the first row is not at hand.
    known = np.concatenate([[0.0], rows.y[: len(rows) - 1, 0]]) * _PERCENT
    if not known[fold.train_rows].std():
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = arch_model(known, mean="Zero", vol="GARCH", p=1, q=1, rescale=False)
        fitted = model.fit(first_obs=fold.train_start, last_obs=fold.train_stop, disp="off", show_warning=False)
        ahead = fitted.forecast(start=fold.train_start, horizon=1, reindex=False).variance.to_numpy()[:, 0]
    return np.concatenate([np.full(fold.train_start, np.nan), np.log(ahead)])
