"""What a detector says of an event, and how long it takes to be sure."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from backend.src.alerting.alert_book import Trouble

FORGET_AFTER = 200
"""A troubled part that is silent for so many good events of its subject no longer keeps the alert alive."""


@dataclass(frozen=True, slots=True)
class AllClear:
    """A subject has nothing of this kind, or no longer."""

    kind: str
    subject: str


Verdict = Trouble | AllClear


@dataclass(slots=True)
class _Part:
    bad: int = 0
    good: int = 0
    silent: int = 0
    firing: bool = False


@dataclass(slots=True)
class Standing:
    """Which parts of each subject are in trouble, with patience in both directions.

    A part is what is judged by itself, as a ticker's forecasts of one horizon are; the subject is in trouble while any
    part is.

    Attributes:
        fire_after: Bad events in a row until a part is in trouble.
        clear_after: Good events in a row until it is well again.
    """

    fire_after: int
    clear_after: int
    _parts: dict[str, dict[Hashable, _Part]] = field(default_factory=dict)

    def bad(self, subject: str, part: Hashable = None) -> bool:
        """Note a bad event; whether the part is in trouble."""
        state = self._parts.setdefault(subject, {}).setdefault(part, _Part())
        state.bad, state.good, state.silent = state.bad + 1, 0, 0
        state.firing = state.firing or state.bad >= self.fire_after
        return state.firing

    def good(self, subject: str, part: Hashable = None) -> bool:
        """Note a good event; whether all of the subject is well."""
        parts = self._parts.get(subject)
        if not parts:
            return True
        if (state := parts.get(part)) is not None:
            state.bad, state.good, state.silent = 0, state.good + 1, 0
            if not state.firing or state.good >= self.clear_after:
                del parts[part]
        for other, state in list(parts.items()):
            state.silent += other != part
            if state.silent > FORGET_AFTER:
                del parts[other]
        return not any(state.firing for state in parts.values())

    def resume(self, subject: str, part: Hashable = None) -> None:
        """Take a part for troubled: an alert of before this process says so."""
        self._parts.setdefault(subject, {})[part] = _Part(bad=self.fire_after, firing=True)
