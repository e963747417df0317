"""How a member of a consumer group is set: every service that writes first and commits after."""


def group_member(bootstrap_servers: str, group: str, fetch_wait_ms: int) -> dict[str, str | int | bool]:
    """The Kafka client's settings.

    Args:
        bootstrap_servers: The brokers.
        group: Whose members share the partitions.
        fetch_wait_ms: How long the broker may wait for more before it answers.
    """
    return {
        "bootstrap.servers": bootstrap_servers,
        "group.id": group,
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
        # A dead member's partitions are free, and a new member is in, after this and half of it.
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 2000,
        # A store may be away for hours: that must not cost the membership. A dead thread ends the process.
        "max.poll.interval.ms": 86_400_000,
        "fetch.wait.max.ms": fetch_wait_ms,
        "reconnect.backoff.max.ms": 1000,
        "topic.metadata.refresh.interval.ms": 5000,
        "log_level": 2,
    }
