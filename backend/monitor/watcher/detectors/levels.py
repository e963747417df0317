"""A service's own recent level of a number: one value a minute, so that neither a burst nor a restart moves it."""

from collections import deque
from datetime import datetime, timedelta
from statistics import median

MINUTES = 360
"""A level that has lasted for half of this is the usual one, and no longer a trouble."""

_MINUTE = timedelta(minutes=1)


class Level:
    """The medians of the last minutes in which there was anything to measure."""

    def __init__(self) -> None:
        self._minutes: deque[float] = deque(maxlen=MINUTES)
        self._minute: datetime | None = None
        self._values: list[float] = []

    @property
    def minutes(self) -> list[float]:
        """One value for each minute that is over, oldest first."""
        return list(self._minutes)

    def learn(self, value: float) -> None:
        """Note the value of a minute of before this process."""
        self._minutes.append(value)

    def add(self, at: datetime, value: float) -> None:
        """Note a value."""
        minute = at.replace(second=0, microsecond=0)
        if self._minute is not None and minute >= self._minute + _MINUTE:
            self._minutes.append(median(self._values))
            self._values = []
        if not self._values:
            self._minute = minute
        self._values.append(value)
