"""A service's own recent level of a number: one value a minute, so that neither a burst nor a restart moves it."""

from collections import deque
from datetime import datetime, timedelta
from statistics import median

from backend.monitor.watcher import robust

MINUTES = 360
"""A level that has lasted for half of this is the usual one, and no longer a trouble."""

_MINUTE = timedelta(minutes=1)


class Level:
    """The medians of the last minutes in which there was anything to measure."""

    def __init__(self) -> None:
        self._minutes: deque[float] = deque(maxlen=MINUTES)
        self._minute: datetime | None = None
        self._values: list[float] = []
        self._usual: tuple[float, float] | None = None

    @property
    def minutes(self) -> int:
        """How many minutes are known."""
        return len(self._minutes)

    def centre_and_scale(self) -> tuple[float, float]:
        """The usual value and how far the minutes' are from it, as a standard deviation.

        Raises:
            statistics.StatisticsError: no minute is known.
        """
        if self._usual is None:
            self._usual = robust.centre_and_scale(self._minutes)
        return self._usual

    def learn(self, value: float) -> None:
        """Note the value of a minute."""
        self._minutes.append(value)
        self._usual = None

    def add(self, at: datetime, value: float) -> None:
        """Note a value."""
        minute = at.replace(second=0, microsecond=0)
        if self._minute is not None and minute >= self._minute + _MINUTE:
            self.learn(median(self._values))
            self._values = []
        if not self._values:
            self._minute = minute
        self._values.append(value)
