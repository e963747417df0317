"""Writes what the detectors found into the alert book, once for many sightings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from backend.monitor.watcher.verdicts import Verdict
from backend.src.alerting.alert_book import AlertBook, Trouble
from backend.src.data.monitor_orm import Alert

MAX_FIRING = 10_000


@dataclass(slots=True)
class _Entry:
    verdict: Verdict
    seen: list[datetime]


class Scribe:
    """Knows what fires, so that the good events, which are nearly all, cost no query."""

    def __init__(self, book: AlertBook, kinds: Iterable[str]) -> None:
        self._book = book
        self._kinds = list(kinds)
        self._firing: set[tuple[str, str]] = set()

    def resume(self) -> list[Alert]:
        """Read what fires; the alerts."""
        alerts = [alert for kind in self._kinds for alert in self._of(kind)]
        self._firing = {(alert.kind, alert.subject) for alert in alerts}
        return alerts

    def write(self, findings: Iterable[tuple[Verdict, datetime]]) -> None:
        """Write findings, each with the time of its event, in their order; written twice, they are there once."""
        for entry in self._entries(findings):
            verdict, (*before, at) = entry.verdict, entry.seen
            key = verdict.kind, verdict.subject
            if isinstance(verdict, Trouble):
                self._book.fire(verdict, at, before)
                self._firing.add(key)
            elif self._book.resolve(*key, seen_at=at) or self._book.firing(*key) is None:
                self._firing.discard(key)

    def _entries(self, findings: Iterable[tuple[Verdict, datetime]]) -> list[_Entry]:
        """Findings of one key that follow each other and say the same, as one."""
        entries: list[_Entry] = []
        last: dict[tuple[str, str], _Entry] = {}
        for verdict, at in findings:
            key = verdict.kind, verdict.subject
            known = last.get(key)
            if known is not None and isinstance(verdict, Trouble) == isinstance(known.verdict, Trouble):
                known.verdict = verdict
                known.seen.append(at)
            elif isinstance(verdict, Trouble) or known is not None or key in self._firing:
                last[key] = _Entry(verdict, [at])
                entries.append(last[key])
        return entries

    def _of(self, kind: str) -> list[Alert]:
        found, _more = self._book.page(
            state="firing", kind=kind, subject=None, severity=None, limit=MAX_FIRING, offset=0
        )
        return [alert for alert, _muted in found]
