"""Positions in a channel that a client can resume from, on any replica.

A cursor names the log (its epoch: the topic's identity, new after a broker lost everything) and the last
offset of each partition that the client has: `5f3a...:12.7.-1`. Offsets are the broker's, so every replica
reads a cursor alike, whatever order partitions reached it in.
"""

import hashlib
import re
from dataclasses import dataclass

_SHAPE = re.compile(r"([0-9a-f]{12}):(-?\d{1,19}(?:\.-?\d{1,19}){0,255})")


def epoch_of(topic_id: str) -> str:
    """A short name of the log that a topic's id stands for."""
    return hashlib.blake2s(topic_id.encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last offset seen in each partition of one log; -1 is none."""

    epoch: str
    offsets: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.epoch}:{'.'.join(map(str, self.offsets))}"

    def at(self, partition: int) -> int:
        """The last offset seen in the partition."""
        return self.offsets[partition] if partition < len(self.offsets) else -1

    def moved(self, partition: int, offset: int) -> "Cursor":
        """This cursor after one more message."""
        missing = partition + 1 - len(self.offsets)
        offsets = [*self.offsets, *[-1] * missing]
        offsets[partition] = max(offset, offsets[partition])
        return Cursor(self.epoch, tuple(offsets))

    def covers(self, other: "Cursor") -> bool:
        """Whether all that `other` has seen of the same log has been seen here."""
        return all(self.at(partition) >= offset for partition, offset in enumerate(other.offsets))


def parse(text: str) -> Cursor | None:
    """Read what a client sent; None for anything that is no cursor."""
    match = _SHAPE.fullmatch(text)
    return Cursor(match[1], tuple(int(part) for part in match[2].split("."))) if match else None
