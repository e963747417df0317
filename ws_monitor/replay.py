"""`python -m ws_monitor.replay`: puts dead letters back into the topics they came from, each once.

To be run when what refused them is mended. A message that is refused again becomes a dead letter again, and is put back
by the next run only.
"""

import sys
import time
from collections.abc import Iterator, Sequence

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Consumer, KafkaException, Message, TopicPartition

from bellwether_contracts import topics
from ws_monitor.dead_letters import TOLD, LetterSender, Parcel
from ws_monitor.settings import WsMonitorSettings

GROUP = "ws_monitor.replay"
_ANSWER_SECONDS = 10.0
_QUIET_SECONDS = 3.0
"""A partition that gives nothing for so long is at its end. Not every broker's watermarks can be trusted to tell."""
_BATCH = 500


def replay(bootstrap_servers: str, names: Sequence[str]) -> dict[str, int]:
    """Put every dead letter that was there at the start back into its topic.

    A batch is committed once Kafka has acknowledged all of it: what is sent twice after a crash is dropped by its
    readers, who know events by their ids.

    Args:
        bootstrap_servers: The brokers.
        names: Topics whose dead letters are meant.

    Returns:
        How many were put back, by topic.

    Raises:
        KafkaException: the broker did not answer, or did not take a message.
    """
    started = time.time()
    sender = LetterSender(bootstrap_servers)
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": GROUP,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    put_back = dict.fromkeys(names, 0)
    try:
        for name in names:
            for partition in _partitions(consumer, name):
                put_back[name] += _put_back(consumer, sender, name, partition, started)
    finally:
        consumer.close()
    return put_back


def _partitions(consumer: Consumer, name: str) -> list[TopicPartition]:
    """The dead letters' partitions, each from where the last run ended."""
    letters = topics.dead_letter(name)
    found = consumer.list_topics(letters, timeout=_ANSWER_SECONDS).topics[letters]
    if found.error is not None:
        raise KafkaException(found.error)
    return consumer.committed([TopicPartition(letters, n) for n in found.partitions], timeout=_ANSWER_SECONDS)


def _put_back(consumer: Consumer, sender: LetterSender, name: str, start: TopicPartition, started: float) -> int:
    consumer.assign([start])
    done = 0
    for batch in _batches(consumer, started):
        sender.send([_parcel(name, message) for message in batch])
        end = (batch[-1].offset() or 0) + 1
        consumer.commit(offsets=[TopicPartition(start.topic, start.partition, end)], asynchronous=False)
        done += len(batch)
    return done


def _batches(consumer: Consumer, started: float) -> Iterator[list[Message]]:
    """Messages until the partition is quiet, or until those come that this very run has made."""
    while first := consumer.poll(_QUIET_SECONDS):
        batch = [first, *consumer.consume(_BATCH - 1, timeout=0.2)]
        for message in batch:
            if (error := message.error()) is not None:
                raise KafkaException(error)
        earlier = [message for message in batch if not _since(message, started)]
        if earlier:
            yield earlier
        if len(earlier) < len(batch):
            return


def _since(message: Message, started: float) -> bool:
    kind, milliseconds = message.timestamp()
    return kind != TIMESTAMP_NOT_AVAILABLE and milliseconds > started * 1000


def _parcel(name: str, message: Message) -> Parcel:
    own = message.headers() or []
    pairs = own.items() if isinstance(own, dict) else own
    return Parcel(name, message.key(), message.value(), [pair for pair in pairs if pair[0] not in TOLD])


def main() -> int:
    """Replay all topics, or those named as arguments."""
    known = [topic.name for topic in topics.ALL]
    names = sys.argv[1:] or known
    if unknown := sorted(set(names) - set(known)):
        print(f"no topic {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)  # noqa: T201
        return 2
    for name, count in replay(WsMonitorSettings().kafka_bootstrap_servers, names).items():
        print(f"{name}: {count} put back")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
