"""What a bar must be like to be kept, and what a series must be like to be trusted.

A bar that breaks a rule is refused with the reason. A gap or a real crash is not an error of the data: both are told,
and kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.errors
import pandera.pandas as pa

from backend.errors import DataQualityError
from backend.src.data import calendars
from backend.src.data.bar_frame import BAR_COLUMNS, PRICE_COLUMNS, canonical
from backend.src.data.quarantine_store import RefusedBar
from backend.src.ingestion.sessions import read_sessions

MAX_BAD_SHARE = 0.05
"""A run in which a larger share of the fetched bars is bad (and more than one bar is) writes nothing."""

ROUNDING = 1e-4
"""Relative tolerance of high >= max(open, low, close) and its mirror: sources round after they adjust for splits."""

JUMP_FLOOR = 0.30
JUMP_SCALES = 12.0
"""A log return of the adjusted close is a jump beyond 30 % and 12 robust standard deviations of its surroundings."""

REVERSAL_SHARE = 0.2
"""A jump is a bad print if the next return takes back all but a fifth of it. A crash that stays is a crash."""

_SCALE_WINDOW = 63
_MAD_TO_SD = 1.4826
_SPLIT_LIKE = (2, 3, 4, 5, 7, 8, 10, 15, 20, 25, 50, 100)
_SPLIT_LIKE_TOLERANCE = 0.01

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """Bars that are good one by one, and those that are not."""

    bars: pd.DataFrame
    refused: tuple[RefusedBar, ...]
    repeats: int
    """Rows dropped because an identical one was there."""


@dataclass(frozen=True, slots=True)
class SeriesFindings:
    """What the bars say together: sessions without a bar, jumps that stayed, and bad prints."""

    gaps: tuple[date, ...]
    jumps: tuple[str, ...]
    bad_prints: tuple[date, ...]


_price = pa.Column(float, pa.Check.in_range(0, np.inf, include_min=False, include_max=False, error="must be positive"))
_SCHEMA = pa.DataFrameSchema(
    {
        **dict.fromkeys(PRICE_COLUMNS, _price),
        "volume": pa.Column(
            float,
            [
                pa.Check.in_range(0, 2**63, include_max=False, error="must not be negative"),
                pa.Check(lambda volume: volume % 1 == 0, error="must be a whole number"),
            ],
        ),
        "dividend": pa.Column(float, pa.Check.in_range(0, np.inf, include_max=False, error="must not be negative")),
        "split_ratio": pa.Column(
            float, pa.Check.in_range(0, np.inf, include_min=False, include_max=False, error="must be positive")
        ),
    },
    checks=[
        pa.Check(
            lambda bars: bars["high"] >= bars[["open", "low", "close"]].max(axis=1) * (1 - ROUNDING),
            error="high is below open, low or close",
            ignore_na=True,
        ),
        pa.Check(
            lambda bars: bars["low"] <= bars[["open", "high", "close"]].min(axis=1) * (1 + ROUNDING),
            error="low is above open, high or close",
            ignore_na=True,
        ),
    ],
)


def check_rows(frame: pd.DataFrame, mic: str, last: date) -> CheckedRows:
    """Judge each bar by itself: types, order of prices, session, repeats.

    Args:
        frame: What a source answered.
        mic: The exchange whose sessions the bars must be of.
        last: The newest session that has closed: a later bar can't be complete.

    Raises:
        DataQualityError: A column is missing: no bar can be judged.
    """
    missing = [name for name in BAR_COLUMNS if name not in frame.columns]
    if missing:
        raise DataQualityError(f"Columns {', '.join(missing)} are missing; needed: {', '.join(BAR_COLUMNS)}.")
    came = frame.loc[:, list(BAR_COLUMNS)].reset_index(drop=True)
    bars = _as_numbers(came)
    repeats = bars.duplicated(keep="first")
    bars = bars[~repeats]
    reasons = _reasons(bars, mic, last)
    refused = tuple(_refused(came.iloc[at], bars["session"][at], reason) for at, reason in sorted(reasons.items()))
    return CheckedRows(canonical(bars.drop(index=list(reasons))), refused, int(repeats.sum()))


def check_series(bars: pd.DataFrame, mic: str) -> SeriesFindings:
    """Judge the bars together: gaps against the calendar, jumps, bad prints.

    Args:
        bars: The whole series, canonical.
        mic: Its exchange.
    """
    days: list[date] = bars["session"].dt.date.tolist()
    held = set(days)
    gaps = tuple(day for day in calendars.sessions_between(mic, days[0], days[-1]) if day not in held)
    returns = np.diff(np.log(bars["adj_close"].to_numpy()), prepend=np.nan)
    jump = np.abs(returns) > np.maximum(JUMP_FLOOR, JUMP_SCALES * _local_scale(returns))
    split = bars["split_ratio"].to_numpy() != 1.0
    bad = _reverses(returns, jump) & ~split
    stayed = [at for at in np.flatnonzero(jump) if not bad[at] and not bad[at - 1]]
    told = tuple(_describe(days[at], returns[at], bool(split[at])) for at in stayed)
    return SeriesFindings(gaps, told, tuple(days[at] for at in np.flatnonzero(bad)))


def require_mostly_good(refused: Sequence[RefusedBar], good: int) -> None:
    """Fail closed.

    Raises:
        DataQualityError: More bars were refused than may be, or none is good.
    """
    rows = len(refused) + good
    if good == 0 or len(refused) > max(1.0, MAX_BAD_SHARE * rows):
        reasons = "; ".join(sorted({bar.reason for bar in refused})[:5])
        raise DataQualityError(
            f"{len(refused)} of {rows} bars are bad, more than the {MAX_BAD_SHARE:.0%} allowed,"
            f" so nothing was stored: {reasons}."
        )


def refuse(bars: pd.DataFrame, sessions: Iterable[date], reason: str) -> tuple[RefusedBar, ...]:
    """The bars of those sessions, refused for a reason that only the series shows."""
    chosen = set(sessions)
    rows = bars[[day in chosen for day in bars["session"].dt.date]]
    return tuple(_refused(row, row["session"], reason) for _, row in rows.iterrows())


def _as_numbers(came: pd.DataFrame) -> pd.DataFrame:
    bars = pd.DataFrame(
        {name: pd.to_numeric(came[name], errors="coerce").astype("float64") for name in BAR_COLUMNS[1:]}
    )
    bars.insert(0, "session", read_sessions(came["session"]))
    return bars


def _reasons(bars: pd.DataFrame, mic: str, last: date) -> dict[int, str]:
    found: dict[int, list[str]] = {}
    for at, reason in [*_broken_rules(bars), *_wrong_sessions(bars, mic, last), *_contradictions(bars)]:
        reasons = found.setdefault(at, [])
        if reason not in reasons:
            reasons.append(reason)
    return {at: "; ".join(sorted(reasons)) for at, reasons in found.items()}


def _broken_rules(bars: pd.DataFrame) -> list[tuple[int, str]]:
    try:
        _SCHEMA.validate(bars, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases.dropna(subset="index")
        return [
            (int(at), _wording(context, column, check))
            for at, context, column, check in zip(
                cases["index"], cases["schema_context"], cases["column"], cases["check"], strict=True
            )
        ]
    return []


def _wording(context: str, column: str, check: str) -> str:
    if check == "not_nullable":
        return f"{column} is missing or not a number"
    return f"{column} {check}" if context == "Column" else check


def _wrong_sessions(bars: pd.DataFrame, mic: str, last: date) -> list[tuple[int, str]]:
    wrong = []
    for at, moment in zip(bars.index.tolist(), bars["session"], strict=True):
        if pd.isna(moment):
            wrong.append((at, "session is missing or not a date"))
        elif not calendars.is_session(mic, moment.date()):
            wrong.append((at, f"not a session of {mic}"))
        elif moment.date() > last:
            wrong.append((at, "session has not closed yet"))
    return wrong


def _contradictions(bars: pd.DataFrame) -> list[tuple[int, str]]:
    dated = bars.dropna(subset="session")
    twice = dated.index[dated["session"].duplicated(keep=False)]
    return [(at, "two different bars for one session") for at in twice]


def _refused(row: "pd.Series[Any]", session: Any, reason: str) -> RefusedBar:
    day = None if pd.isna(session) else session.date()
    return RefusedBar(day, reason, {str(name): _json_value(value) for name, value in row.items()})


def _json_value(value: Any) -> Any:
    number = value.item() if isinstance(value, np.generic) else value
    if isinstance(number, float) and not np.isfinite(number):
        return str(number)
    return number if isinstance(number, int | float | bool) else str(number)


def _local_scale(returns: Floats) -> Floats:
    size = pd.Series(np.abs(returns))
    local = size.rolling(_SCALE_WINDOW, center=True, min_periods=5).median()
    return (_MAD_TO_SD * local).fillna(0.0).to_numpy()


def _reverses(returns: Floats, jump: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    following = np.append(returns[1:], np.nan)
    left = np.abs(returns + following)
    back = np.sign(returns) == -np.sign(following)
    reverses: npt.NDArray[np.bool_] = jump & back & (left <= REVERSAL_SHARE * np.abs(returns))
    return reverses


def _describe(day: date, log_return: float, split: bool) -> str:
    told = f"{day}: the adjusted close moved {np.expm1(log_return):+.1%} and stayed there"
    if split:
        return f"{told}, on the day of a split: is the adjustment missing?"
    factor = float(np.exp(abs(log_return)))
    for ratio in _SPLIT_LIKE:
        if abs(factor / ratio - 1) <= _SPLIT_LIKE_TOLERANCE:
            return f"{told}; it looks like a {ratio}:1 split that the source does not tell"
    return told
