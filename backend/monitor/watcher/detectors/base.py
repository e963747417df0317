"""What every detector can do."""

from abc import ABC
from collections.abc import Hashable, Mapping
from typing import ClassVar

from backend.monitor.watcher.verdicts import AllClear, Standing, Verdict
from backend.src.alerting.alert_book import Fact, Severity, Trouble


class Detector(ABC):
    """Judges events of one sort for one kind of trouble. It does no I/O: what it knows it was told.

    Attributes:
        kind: The kind of its alerts.
        parts: The facts of the evidence that name the part of the subject that is judged by itself.
    """

    kind: ClassVar[str]
    parts: ClassVar[tuple[str, ...]] = ()

    def __init__(self, fire_after: int, clear_after: int) -> None:
        self._standing = Standing(fire_after, clear_after)

    def resume(self, subject: str, evidence: Mapping[str, Fact]) -> None:
        """Go on with an alert that fires since before this process."""
        self._standing.resume(subject, self._part(evidence))

    def _bad(self, subject: str, severity: Severity, summary: str, evidence: dict[str, Fact]) -> Verdict | None:
        if not self._standing.bad(subject, self._part(evidence)):
            return None
        return Trouble(self.kind, subject, severity, summary, evidence)

    def _good(self, subject: str, part: Hashable = ()) -> Verdict | None:
        return AllClear(self.kind, subject) if self._standing.good(subject, part) else None

    def _part(self, evidence: Mapping[str, Fact]) -> Hashable:
        return tuple(evidence.get(name) for name in self.parts)
