"""Reading the session of a bar, strictly: a date that has to be guessed is no date."""

import re
from datetime import date, datetime
from typing import Any

import pandas as pd

_ISO = re.compile(r"\d{4}-?\d{2}-?\d{2}")
_YEARS = range(1900, 2200)


def read_sessions(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """The sessions as naive midnights (`datetime64[ns]`), NaT where a value is no date.

    Dates, timestamps and ISO 8601 text are read; what follows the date in a text is its time of day on the exchange,
    which a daily bar does not need. `01/02/2024` could be two days, so it is none.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        moments = pd.DatetimeIndex(values).tz_localize(None).normalize()
    else:
        moments = pd.DatetimeIndex([pd.NaT if (day := _read(value)) is None else pd.Timestamp(day) for value in values])
    return pd.Series(moments.as_unit("ns"), index=values.index, name=values.name)


def _read(value: Any) -> date | None:
    day: date | None = None
    if isinstance(value, datetime):
        # NaT is a datetime, too.
        day = None if pd.isna(value) else value.date()
    elif isinstance(value, date):
        day = value
    elif isinstance(value, str | int) and (found := _ISO.match(str(value).strip())):
        day = _valid(found.group())
    return day if day is not None and day.year in _YEARS else None


def _valid(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
