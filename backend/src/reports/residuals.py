"""How far a model's forecasts out of sample were off, month by month."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from backend.src.data.evaluation_files import OutOfSample

LOWER, UPPER = 0.1, 0.9


@dataclass(frozen=True, slots=True)
class MonthOfErrors:
    """What became of the forecasts made in one month.

    Attributes:
        month: Its first day.
        sessions: Forecasts whose outcome is known.
        mean: Mean of actual - forecast, in log returns: above 0, the forecasts were too low.
        lower: The error that a tenth of the forecasts stayed below.
        upper: The error that a tenth of the forecasts went above.
        mae: Mean absolute error.
        naive_mae: That of "no change" on the same sessions.
    """

    month: date
    sessions: int
    mean: float
    lower: float
    upper: float
    mae: float
    naive_mae: float


def residuals_by_month(tested: OutOfSample, horizon: int) -> list[MonthOfErrors]:
    """Errors of the forecasts `horizon` sessions ahead, by the month they were made in, in order of time."""
    actual, forecast = tested.actual[:, horizon - 1], tested.forecast[:, horizon - 1]
    known = np.isfinite(actual)
    actual, error = actual[known], (actual - forecast)[known]
    months = tested.sessions.to_numpy().astype("datetime64[M]")[known]
    first, starts = np.unique(months, return_index=True)
    stops = [*starts[1:], len(months)]
    return [
        _month(month.astype("datetime64[D]").astype(date), error[start:stop], actual[start:stop])
        for month, start, stop in zip(first, starts, stops, strict=True)
    ]


def _month(month: date, error: NDArray[np.float64], actual: NDArray[np.float64]) -> MonthOfErrors:
    lower, upper = np.quantile(error, [LOWER, UPPER])
    return MonthOfErrors(
        month=month,
        sessions=len(error),
        mean=float(error.mean()),
        lower=float(lower),
        upper=float(upper),
        mae=float(np.abs(error).mean()),
        naive_mae=float(np.abs(actual).mean()),
    )
