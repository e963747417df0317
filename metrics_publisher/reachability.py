"""One alert per service that can't be reached: fires once, updates slowly, resolves."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import uuid4

from bellwether_contracts.events import AlertV1

KIND = "service_unreachable"


@dataclass
class Reachability:
    """What is known of one service's reachability."""

    service: str
    missed_before_alert: int
    repeat_seconds: float
    _missed: int = 0
    _first_missed: datetime | None = None
    _last_told: datetime | None = field(default=None)

    def missed(self, at: datetime, error: str) -> AlertV1 | None:
        """Note a failed scrape; returns the alert when it is due."""
        self._missed += 1
        self._first_missed = self._first_missed or at
        if self._missed < self.missed_before_alert or not self._is_due(at):
            return None
        self._last_told = at
        return self._alert("firing", at, f"{self.service} can't be reached: {error}", error)

    def reached(self, at: datetime) -> AlertV1 | None:
        """Note a good scrape; returns the resolution when there was an alert."""
        told = self._last_told is not None
        resolution = self._alert("resolved", at, f"{self.service} is back", None) if told else None
        self._missed, self._first_missed, self._last_told = 0, None, None
        return resolution

    def _is_due(self, at: datetime) -> bool:
        return self._last_told is None or (at - self._last_told).total_seconds() >= self.repeat_seconds

    def _alert(self, state: Literal["firing", "resolved"], at: datetime, summary: str, error: str | None) -> AlertV1:
        return AlertV1(
            event_id=uuid4(),
            at=at,
            alert_key=f"{KIND}:{self.service}",
            kind=KIND,
            subject=self.service,
            severity="critical",
            state=state,
            summary=summary,
            evidence={"missed_scrapes": self._missed, "error": error},
            first_seen=self._first_missed or at,
            last_seen=at,
            count=self._missed,
        )
