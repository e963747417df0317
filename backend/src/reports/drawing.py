"""Where the parts of a small SVG picture go. The template draws them; nothing here knows of HTML."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10

Scale = Callable[[float], float]

WIDTH = 720.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 12.0, 8.0, 24.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A named place on an axis, in pixels."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture's size, axes and paths; `zero` is where 0 lies on the vertical axis, if it is in sight."""

    width: float
    height: float
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    paths: dict[str, str]
    zero: float | None = None

    @property
    def left(self) -> float:
        """Where the plotting area begins."""
        return LEFT

    @property
    def right(self) -> float:
        """Where the plotting area ends."""
        return self.width - RIGHT

    @property
    def bottom(self) -> float:
        """The horizontal axis."""
        return self.height - BOTTOM


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """From values to pixels; a domain of no width lies in the middle."""
    if low == high:
        return lambda _: (start + end) / 2
    return lambda value: start + (value - low) / (high - low) * (end - start)


def round_ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Round values between two others, about `count` of them."""
    if low == high:
        return [low]
    rough = (high - low) / count
    power = 10 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return [i * step for i in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def years(first: date, last: date, count: int = 10) -> list[date]:
    """First days of years between two dates, at most `count` of them."""
    step = max(1, ceil((last.year - first.year) / count))
    return [date(year, 1, 1) for year in range(first.year + 1, last.year + 1) if year % step == 0]


def over_time(
    lines: Mapping[str, Sequence[tuple[date, float]]],
    area: Sequence[tuple[date, float, float]] = (),
    *,
    height: float = 200,
    name_value: Callable[[float], str] = lambda share: f"{share * 100:.2g} %",
) -> Plot:
    """Lines over time, and an area behind them.

    Args:
        lines: Points by the name of their line.
        area: Lower and upper edge; its path is named `area`.
        height: Of the picture, in pixels.
        name_value: Names the vertical axis' round values; shares in percent, if not told otherwise.

    Raises:
        ValueError: there is no point to draw.
    """
    days = [day for points in lines.values() for day, _ in points]
    values = [value for points in lines.values() for _, value in points]
    values += [edge for _, lower, upper in area for edge in (lower, upper)]
    low, high = min(values), max(values)
    air = (high - low) * 0.06 or 1e-4
    low, high = low - air, high + air
    y = linear(low, high, height - BOTTOM, TOP)
    first, last = min(days), max(days)
    x = linear(first.toordinal(), last.toordinal(), LEFT, WIDTH - RIGHT)
    paths = {name: path((x(day.toordinal()), y(value)) for day, value in points) for name, points in lines.items()}
    if area:
        there = [(x(day.toordinal()), y(upper)) for day, _, upper in area]
        back = [(x(day.toordinal()), y(lower)) for day, lower, _ in reversed(area)]
        paths["area"] = path([*there, *back]) + "Z"
    return Plot(
        width=WIDTH,
        height=height,
        x_ticks=[Tick(x(day.toordinal()), str(day.year)) for day in years(first, last)],
        y_ticks=[Tick(y(value), name_value(value)) for value in round_ticks(low, high)],
        paths=paths,
        zero=y(0.0) if low <= 0 <= high else None,
    )


def path(points: Iterable[tuple[float, float]]) -> str:
    """An SVG path through points."""
    return "".join(f"{'L' if i else 'M'}{x:.1f},{y:.1f}" for i, (x, y) in enumerate(points))
