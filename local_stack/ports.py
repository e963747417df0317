"""Which port each service answers on, and who holds one that is taken."""

import socket
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import psutil

LOOPBACK = "127.0.0.1"

DEFAULT_PORTS: Mapping[str, int] = MappingProxyType(
    {
        "page": 8080,
        "backend1": 8001,
        "backend2": 8002,
        "ws_monitor": 8010,
        "metrics_publisher": 8011,
        "mlflow": 5010,
        "s3": 9111,
        "flower": 5555,
        "kafka": 9092,
        "postgres": 5411,
        "redis": 6379,
        "clickhouse": 8123,
        "prefect": 4200,
        "prometheus": 9090,
        "alertmanager": 9093,
        # SeaweedFS is four servers in one process; only the S3 port is spoken to.
        "s3_grpc": 9112,
        "s3_master": 9333,
        "s3_master_grpc": 9334,
        "s3_volume": 9340,
        "s3_volume_grpc": 9341,
        "s3_filer": 9888,
        "s3_filer_grpc": 9889,
        # Where the workers say what they did; jobs come to them over Redis.
        "celery_train": 8012,
        "celery_predict": 8013,
        "watcher": 8014,
        "flows": 8015,
    }
)

# PostgreSQL's port is only part of the name of its socket file: it takes no TCP port.
_NOT_TCP = frozenset({"postgres"})
_HIGHEST_PORT = 65535


class PortBaseError(ValueError):
    """BELLWETHER_PORT_BASE is not a number that leaves room for every service."""


class PortTakenError(RuntimeError):
    """At least one port that the stack needs is held by somebody else."""


def choose_ports(base: str | None) -> dict[str, int]:
    """The default ports, or consecutive ones from `base` on."""
    if not base:
        return dict(DEFAULT_PORTS)
    highest = _HIGHEST_PORT - len(DEFAULT_PORTS) + 1
    if not base.isdecimal() or not 1024 <= int(base) <= highest:
        raise PortBaseError(f"BELLWETHER_PORT_BASE is {base!r}: it must be a number from 1024 to {highest}")
    return {name: int(base) + offset for offset, name in enumerate(DEFAULT_PORTS)}


def require_free(ports: Mapping[str, int], names: Iterable[str]) -> None:
    """Raise PortTakenError with one line per taken port of `names`."""
    taken = [name for name in names if name not in _NOT_TCP and not is_free(ports[name])]
    if taken:
        lines = [f"port {ports[name]} ({name}) is taken{_holder(ports[name])}" for name in taken]
        lines.append("choose other ports: BELLWETHER_PORT_BASE=18000 make run (page 18000, the others after it)")
        raise PortTakenError("\n".join(lines))


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_base(start: int = 20000, stop: int = 32000) -> int:
    """The first base from `start` on whose whole block is free."""
    count = len(DEFAULT_PORTS)
    for base in range(start, stop, 50):
        if all(is_free(port) for port in range(base, base + count)):
            return base
    raise PortTakenError(f"no block of {count} free ports between {start} and {stop}")


def _holder(port: int) -> str:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return ""
    for connection in connections:
        address = connection.laddr
        if connection.status == psutil.CONN_LISTEN and address and address.port == port and connection.pid:
            return f" by process {connection.pid}{_command_of(connection.pid)}"
    return " by a process that the system does not name"


def _command_of(pid: int) -> str:
    try:
        return f" ({' '.join(psutil.Process(pid).cmdline())[:90]})"
    except psutil.Error:
        return ""
