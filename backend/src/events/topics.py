"""Creates the Kafka topics and their dead-letter twins."""

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from bellwether_contracts import topics


def wanted() -> list[NewTopic]:
    """Every topic of the contracts with its dead-letter twin."""
    made = []
    for topic in topics.ALL:
        config = {"retention.ms": str(topic.retention_hours * 3_600_000)}
        made.append(NewTopic(topic.name, topic.partitions, 1, config=config))
        made.append(NewTopic(topic.dead_letter, 1, 1))
    return made


def ensure(bootstrap_servers: str, timeout_seconds: float = 20) -> list[str]:
    """Create what is missing.

    Returns:
        The names that were created.

    Raises:
        KafkaException: the broker is away or refuses.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap_servers, "socket.timeout.ms": 5000})
    there = admin.list_topics(timeout=timeout_seconds).topics
    missing = [topic for topic in wanted() if topic.topic not in there]
    if not missing:
        return []
    for future in admin.create_topics(missing, operation_timeout=timeout_seconds).values():
        try:
            future.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
    return [topic.topic for topic in missing]
