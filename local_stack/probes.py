"""Readiness probes: each speaks its service's own protocol and raises while the service is not ready."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache

import httpx
import psycopg
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from confluent_kafka.admin import AdminClient

from local_stack.environment import DATABASES, POSTGRES_ROLE
from local_stack.layout import Layout, load_credentials
from local_stack.ports import LOOPBACK
from local_stack.postgres import socket_dir

Probe = Callable[[Layout], Awaitable[None]]
_TIMEOUT_SECONDS = 3.0


@cache
def _client() -> httpx.AsyncClient:
    """One client for all probes: each new one would read the system's certificates, 20 ms of a starting stack's CPU."""
    # No connection is kept: the next probe may meet another process.
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False, limits=limits)


class NotReadyError(RuntimeError):
    """The service answered, but not as a ready one does."""


def http_ready(port: str, path: str) -> Probe:
    """Ready when the path answers 200."""

    async def probe(layout: Layout) -> None:
        answer = await _client().get(layout.url(port) + path)
        if answer.status_code != httpx.codes.OK:
            raise NotReadyError(f"{path} answered {answer.status_code}: {answer.text[:200]}")

    return probe


async def postgres_ready(layout: Layout) -> None:
    """Ready when it answers a query; a cluster in crash recovery does not."""
    async with await _connect(layout) as connection:
        await connection.execute("SELECT 1")


async def create_databases(layout: Layout) -> None:
    """Make the databases that are not there yet."""
    async with await _connect(layout) as connection:
        cursor = await connection.execute("SELECT datname FROM pg_database")
        existing = {row[0] for row in await cursor.fetchall()}
        for name in DATABASES:
            if name not in existing:
                await connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))


async def _connect(layout: Layout) -> "psycopg.AsyncConnection[tuple[str]]":
    return await psycopg.AsyncConnection.connect(
        host=str(socket_dir(layout)),
        port=layout.ports["postgres"],
        user=POSTGRES_ROLE,
        dbname="postgres",
        autocommit=True,
        connect_timeout=int(_TIMEOUT_SECONDS),
    )


async def redis_ready(layout: Layout) -> None:
    """Ready when it answers PONG; while it loads its data it answers an error."""
    reader, writer = await asyncio.open_connection(LOOPBACK, layout.ports["redis"])
    try:
        writer.write(b"PING\r\n")
        answer = await reader.readline()
    finally:
        writer.close()
    if answer != b"+PONG\r\n":
        raise NotReadyError(f"PING answered {answer!r}")


async def kafka_ready(layout: Layout) -> None:
    """Ready when it answers a metadata request."""
    await asyncio.to_thread(_kafka_metadata, f"{LOOPBACK}:{layout.ports['kafka']}")


def _kafka_metadata(servers: str) -> None:
    # Log level 0: librdkafka would report each refused connection of a broker that is still starting.
    client = AdminClient({"bootstrap.servers": servers, "log_level": 0, "socket.timeout.ms": 2000})
    client.list_topics(timeout=_TIMEOUT_SECONDS)


async def s3_ready(layout: Layout) -> None:
    """Ready when it lists the buckets for our key."""
    keys = load_credentials(layout)
    url = f"{layout.url('s3')}/"
    request = AWSRequest(method="GET", url=url)
    SigV4Auth(Credentials(keys.s3_access_key, keys.s3_secret_key), "s3", "us-east-1").add_auth(request)
    answer = await _client().get(url, headers=dict(request.headers.items()))
    if answer.status_code != httpx.codes.OK:
        raise NotReadyError(f"listing buckets answered {answer.status_code}: {answer.text[:200]}")


def celery_ready(worker: str) -> Probe:
    """Ready when the worker of this name answers a ping over the broker."""

    async def probe(layout: Layout) -> None:
        await asyncio.to_thread(_ping_worker, layout, worker)

    return probe


def _ping_worker(layout: Layout, worker: str) -> None:
    # Imported late: only a whole stack has workers, and the other commands need not wait for Celery.
    from celery import Celery
    from celery.utils.nodenames import gethostname, nodename

    with Celery(broker=f"redis://{LOOPBACK}:{layout.ports['redis']}/0", set_as_current=False) as client:
        answers = client.control.ping(destination=[nodename(worker, gethostname())], timeout=_TIMEOUT_SECONDS, limit=1)
    if not answers:
        raise NotReadyError("the worker does not answer a ping")
