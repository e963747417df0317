"""What a model card draws: folds on a time line, kept promises, errors through the years."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.src.data.evaluation_files import OutOfSample
from backend.src.data.orm import Model
from backend.src.reports.drawing import BOTTOM, LEFT, RIGHT, TOP, WIDTH, Plot, Tick, linear, over_time, path, years
from backend.src.reports.residuals import MonthOfErrors, residuals_by_month

GRADED = (1, 5, 20)
"""Horizons that models are graded at."""

_LANE = 18.0
_TOY = {"toy": "value", "hold": "buy_and_hold"}
_CALIBRATION = 260.0
_ASIDE = dict(zip(GRADED, (-6.0, 0.0, 6.0), strict=True))
"""Marks of one level stand beside each other, in pixels."""


@dataclass(frozen=True, slots=True)
class FoldBar:
    """One lane of the time line: where learning and testing lie, in pixels."""

    number: int
    y: float
    train: tuple[float, float]
    test: tuple[float, float]


@dataclass(frozen=True, slots=True)
class FoldPlot:
    """The time line of the folds."""

    height: float
    bars: list[FoldBar]
    ticks: list[Tick]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """One band at one horizon: what it promised and what it kept."""

    level: int
    horizon: int
    record: dict[str, Any]
    recent: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class CalibrationPlot:
    """Promised against realised coverage; `marks` are horizons and their places in pixels."""

    plot: Plot
    marks: list[tuple[int, float, float]]


@dataclass(frozen=True, slots=True)
class Residuals:
    """Errors over time at one horizon, drawn and counted."""

    months: list[MonthOfErrors]
    errors: Plot
    absolute: Plot


def fold_plot(model: Model) -> FoldPlot | None:
    """The time line of a model's folds; None without any."""
    folds = model.metrics.get("folds") or []
    if not folds:
        return None
    start = min(_day(fold.get("train_start") or str(model.train_start)) for fold in folds)
    end = max(_day(fold["test_end"]) for fold in folds)
    x = linear(start.toordinal(), end.toordinal(), 28.0, WIDTH - RIGHT)

    def span(first: str, last: str) -> tuple[float, float]:
        left, right = x(_day(first).toordinal()), x(_day(last).toordinal())
        return round(left, 1), round(max(1.0, right - left), 1)

    bars = [
        FoldBar(
            number=fold["fold"],
            y=i * _LANE + 4,
            train=span(fold.get("train_start") or str(model.train_start), fold["train_end"]),
            test=span(fold["test_start"], fold["test_end"]),
        )
        for i, fold in enumerate(folds)
    ]
    ticks = [Tick(round(x(day.toordinal()), 1), str(day.year)) for day in years(start, end)]
    return FoldPlot(len(folds) * _LANE + 28, bars, ticks)


def _day(text: str) -> date:
    return date.fromisoformat(text)


def calibrated(bands: dict[str, Any]) -> Iterator[Calibrated]:
    """The bands' record at the graded horizons, level by level."""
    coverage, recent = bands.get("coverage") or {}, bands.get("recent") or {}
    for level in sorted(coverage, key=int):
        for horizon in GRADED:
            record = coverage[level][horizon - 1] if len(coverage[level]) >= horizon else None
            newest = recent.get(level) or []
            if record is not None:
                yield Calibrated(int(level), horizon, record, newest[horizon - 1] if len(newest) >= horizon else None)


def calibration_plot(found: list[Calibrated]) -> CalibrationPlot | None:
    """Where the marks of a calibration plot go; None without bands."""
    if not found:
        return None
    levels = sorted({each.level for each in found})
    low = max(0.0, min([levels[0], *(each.record["coverage"] * 100 for each in found)]) - 10)
    x, y = linear(low, 100, LEFT, _CALIBRATION - RIGHT), linear(low, 100, _CALIBRATION - BOTTOM, TOP)
    plot = Plot(
        width=_CALIBRATION,
        height=_CALIBRATION,
        x_ticks=[Tick(x(level), f"{level} %") for level in levels],
        y_ticks=[Tick(y(level), f"{level} %") for level in levels],
        paths={"diagonal": path([(x(low), y(low)), (x(100), y(100))])},
    )
    marks = [
        (each.horizon, round(x(each.level) + _ASIDE[each.horizon], 1), round(y(each.record["coverage"] * 100), 1))
        for each in found
    ]
    return CalibrationPlot(plot, marks)


def residual_plots(tested: OutOfSample | None) -> dict[int, Residuals]:
    """Errors over time by graded horizon."""
    if tested is None:
        return {}
    by_horizon = {h: residuals_by_month(tested, h) for h in GRADED}
    return {h: _drawn(months) for h, months in by_horizon.items() if months}


def _drawn(months: list[MonthOfErrors]) -> Residuals:
    spans = [(each.month, each.lower, each.upper) for each in months]
    means = [(each.month, each.mean) for each in months]
    own, naive = [(each.month, each.mae) for each in months], [(each.month, each.naive_mae) for each in months]
    return Residuals(months, over_time({"mean": means}, spans), over_time({"naive": naive, "model": own}, height=160))


def toy_plot(toy: dict[str, Any]) -> Plot | None:
    """The value of the long/flat toy beside holding throughout; None where it is not on record."""
    curve = [(_day(point["session"]), point) for point in toy.get("curve") or []]
    if not curve:
        return None
    lines = {name: [(day, point[key]) for day, point in curve] for name, key in _TOY.items()}
    return over_time(lines, name_value=lambda value: f"{value:g}")
