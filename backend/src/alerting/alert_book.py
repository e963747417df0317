"""The alert book: the same trouble is one alert that updates; every change of it is an event."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, cast
from uuid import uuid4

from sqlalchemy.orm import Session, sessionmaker

from backend.errors import ConflictError, NotFoundError
from backend.src.data import alert_store
from backend.src.data.monitor_orm import Alert
from backend.src.events import outbox_store
from backend.src.events.outbox_store import Outgoing
from bellwether_contracts import topics
from bellwether_contracts.events import AlertV1

Severity = Literal["info", "warning", "critical"]
State = Literal["firing", "resolved"]
Fact = str | float | int | bool | None

TELL_AGAIN_AFTER = timedelta(seconds=60)
"""A trouble that goes on is counted each time it is seen, and told of this often."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, with whom, and how that is known.

    Attributes:
        kind: The sort of trouble, in snake_case.
        subject: The ticker or service that it is about.
        severity: `critical` wants somebody now, `warning` today, `info` never.
        summary: One sentence.
        evidence: The numbers that it was found by.
    """

    kind: str
    subject: str
    severity: Severity
    summary: str
    evidence: dict[str, Fact] = field(default_factory=dict)

    @property
    def alert_key(self) -> str:
        """Names the trouble for as long as it lasts, and when it comes back."""
        return alert_key(self.kind, self.subject)


def alert_key(kind: str, subject: str) -> str:
    """The name of a trouble."""
    return f"{kind}:{subject}"


class AlertBook:
    """Opens, updates, acknowledges, mutes and ends alerts; each change is an event in the same transaction."""

    def __init__(
        self, session_factory: sessionmaker[Session], now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._sessions = session_factory
        self._now = now

    def fire(self, trouble: Trouble, seen_at: datetime | None = None, before: Sequence[datetime] = ()) -> Alert:
        """Note that a trouble is seen: a new alert, or one more sighting of the one that fires.

        Args:
            trouble: What is wrong.
            seen_at: When what shows it happened; now, if not given. Sightings of one trouble come in order, so one
                that is not later than the last is a message that was read twice, and changes nothing.
            before: When else it was seen, since it was last written down: a busy reader writes once for many.
        """
        at = self._moment(seen_at)
        with self._sessions.begin() as session:
            alert_store.lock_key(session, trouble.alert_key)
            alert = alert_store.latest(session, trouble.alert_key)
            if alert is None or not _is_repeat(alert, seen_at):
                alert = self._note(session, alert, trouble, [*map(self._moment, before), at])
            session.flush()
            session.expunge(alert)
            return alert

    def resolve(self, kind: str, subject: str, seen_at: datetime | None = None) -> bool:
        """Note that a trouble has ended; False when there was none, or when it was seen again since `seen_at`."""
        key = alert_key(kind, subject)
        with self._sessions.begin() as session:
            alert_store.lock_key(session, key)
            alert = alert_store.latest(session, key)
            if alert is None or alert.state == "resolved" or (seen_at is not None and seen_at < alert.last_seen):
                return False
            alert.state = "resolved"
            alert.resolved_at = self._moment(seen_at)
            self._tell(session, alert)
            return True

    def firing(self, kind: str, subject: str) -> Alert | None:
        """The alert of a trouble that has not ended."""
        with self._sessions() as session:
            alert = alert_store.latest(session, alert_key(kind, subject))
        return alert if alert is not None and alert.state == "firing" else None

    def acknowledge(self, alert_id: int, actor: str) -> Alert:
        """Note that somebody takes care of it. The first who does stays.

        Raises:
            NotFoundError: no such alert.
            ConflictError: it has ended.
        """
        with self._sessions.begin() as session:
            alert = _locked(session, alert_id)
            if alert.state != "firing":
                raise ConflictError(f"Alert {alert_id} has ended: there is nothing to acknowledge.")
            if alert.acknowledged_at is None:
                alert.acknowledged_at, alert.acknowledged_by = self._now(), actor
                self._tell(session, alert)
            session.flush()
            session.expunge(alert)
            return alert

    def mute(self, alert_id: int, until: datetime, actor: str) -> Alert:
        """Tell nobody of this trouble until then, even if it ends and comes back; it is recorded all the same.

        Raises:
            NotFoundError: no such alert.
        """
        return self._put_mute(alert_id, until, actor)

    def unmute(self, alert_id: int, actor: str) -> Alert:
        """End a mute.

        Raises:
            NotFoundError: no such alert.
        """
        return self._put_mute(alert_id, self._now(), actor)

    def page(
        self,
        *,
        state: str | None,
        kind: str | None,
        subject: str | None,
        severity: str | None,
        limit: int,
        offset: int,
    ) -> tuple[list[tuple[Alert, datetime | None]], bool]:
        """Alerts, those that fire first, each with the end of its mute; and whether there are more."""
        with self._sessions() as session:
            found = alert_store.page(
                session, state=state, kind=kind, subject=subject, severity=severity, limit=limit + 1, offset=offset
            )
        return found[:limit], len(found) > limit

    def get(self, alert_id: int) -> tuple[Alert, datetime | None]:
        """One alert, and the end of its mute.

        Raises:
            NotFoundError: no such alert.
        """
        with self._sessions() as session:
            alert = _found(session.get(Alert, alert_id), alert_id)
            return alert, alert_store.muted_until(session, alert.alert_key, self._now())

    def counts(self) -> dict[tuple[str, str], int]:
        """How many fire that are not muted, by kind and severity."""
        with self._sessions() as session:
            return alert_store.counts(session)

    def _moment(self, seen_at: datetime | None) -> datetime:
        """When something was seen: not in the future, whatever the sender's clock says."""
        now = self._now()
        return now if seen_at is None else min(seen_at, now)

    def _note(self, session: Session, latest: Alert | None, trouble: Trouble, seen: Sequence[datetime]) -> Alert:
        """Count sightings of the alert that fires, or open a new one; tell of it where that is news."""
        if latest is not None and latest.state == "firing":
            alert, is_news = latest, _seen_again(latest, trouble, seen)
        else:
            *before, at = seen
            alert, is_news = _opened(trouble, [*_since(latest, before), at]), True
            session.add(alert)
            session.flush()
        if is_news or self._now() - alert.told_at >= TELL_AGAIN_AFTER:
            self._tell(session, alert)
        return alert

    def _put_mute(self, alert_id: int, until: datetime, actor: str) -> Alert:
        with self._sessions.begin() as session:
            alert = _locked(session, alert_id)
            alert_store.put_mute(session, alert.alert_key, until, actor)
            self._tell(session, alert)
            session.flush()
            session.expunge(alert)
            return alert

    def _tell(self, session: Session, alert: Alert) -> None:
        alert.told_at = self._now()
        event = _event(alert, alert.told_at, alert_store.muted_until(session, alert.alert_key, alert.told_at))
        outgoing = Outgoing(event.event_id, topics.ALERTS.name, event.key, event.model_dump_json())
        outbox_store.add(session, [outgoing])


def _is_repeat(alert: Alert, seen_at: datetime | None) -> bool:
    """Whether a sighting is one that the alert knows already, for all that a message's time can tell."""
    return seen_at is not None and seen_at <= (alert.resolved_at or alert.last_seen)


def _facts(evidence: Mapping[str, Fact]) -> dict[str, Fact]:
    """The evidence as the database can hold it: what is no finite number is null."""
    return {name: _storable(fact) for name, fact in evidence.items()}


def _storable(fact: Fact) -> Fact:
    if isinstance(fact, float) and not math.isfinite(fact):
        return None
    return fact.replace("\0", "\ufffd") if isinstance(fact, str) else fact


def _since(ended: Alert | None, seen: Sequence[datetime]) -> list[datetime]:
    """The sightings that are not of an occurrence that has ended."""
    until = ended.resolved_at if ended is not None else None
    return [at for at in seen if until is None or at > until]


def _opened(trouble: Trouble, seen: Sequence[datetime]) -> Alert:
    return Alert(
        alert_key=trouble.alert_key,
        kind=trouble.kind,
        subject=trouble.subject,
        severity=trouble.severity,
        state="firing",
        summary=trouble.summary,
        evidence=_facts(trouble.evidence),
        first_seen=seen[0],
        last_seen=seen[-1],
        count=len(seen),
        told_at=seen[-1],
    )


def _seen_again(alert: Alert, trouble: Trouble, seen: Sequence[datetime]) -> bool:
    """Count the sightings that are new; whether it has got worse or better."""
    changed = alert.severity != trouble.severity
    alert.severity, alert.summary, alert.evidence = trouble.severity, trouble.summary, _facts(trouble.evidence)
    alert.count += 1 + sum(at > alert.last_seen for at in seen[:-1])
    alert.last_seen = max(alert.last_seen, seen[-1])
    return changed


def _locked(session: Session, alert_id: int) -> Alert:
    alert = _found(session.get(Alert, alert_id), alert_id)
    alert_store.lock_key(session, alert.alert_key)
    session.refresh(alert)
    return alert


def _found(alert: Alert | None, alert_id: int) -> Alert:
    if alert is None:
        raise NotFoundError(f"There is no alert {alert_id}.")
    return alert


def _event(alert: Alert, at: datetime, muted_until: datetime | None) -> AlertV1:
    return AlertV1(
        event_id=uuid4(),
        at=at,
        alert_id=alert.id,
        alert_key=alert.alert_key,
        kind=alert.kind,
        subject=alert.subject,
        severity=cast("Severity", alert.severity),
        state=cast("State", alert.state),
        summary=alert.summary,
        evidence=alert.evidence,
        first_seen=alert.first_seen,
        last_seen=alert.last_seen,
        count=alert.count,
        acknowledged_by=alert.acknowledged_by,
        muted_until=muted_until,
    )
